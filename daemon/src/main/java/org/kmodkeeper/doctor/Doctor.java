package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.doctor.Diagnosis.State;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.process.CommandRunner;

/**
 * Looks at every precondition of drivers being kept ready. All but the daemon itself is read from
 * disk: it is wanted most when the daemon does not run.
 */
public final class Doctor {
  private Doctor() {}

  /** What all checks say, in the order in which a host is set up. */
  public static List<Diagnosis> examine(HostPaths paths, CommandRunner runner, Clock clock)
      throws IOException, InterruptedException {
    List<Diagnosis> found = new ArrayList<>();
    Settings settings;
    try {
      settings = new Configuration(paths.configuration()).read();
      found.addAll(new ConfigurationCheck(paths, settings, List.of()).examine());
    } catch (ConfigurationException refused) {
      // The rest is looked at as if nothing was configured.
      settings = Configuration.defaults();
      found.addAll(new ConfigurationCheck(paths, settings, refused.problems()).examine());
    }
    DoctorContext context;
    try {
      context = DoctorContext.of(paths, runner, settings, clock);
    } catch (AccessDeniedException refused) {
      found.add(refused("drivers", refused));
      return found;
    }
    for (Check check : checks(context)) {
      found.addAll(examine(check));
    }
    return found;
  }

  private static List<Check> checks(DoctorContext context) {
    return List.of(
        new HeadersCheck(context),
        new CompilerCheck(context),
        new DkmsCheck(context),
        new SourceCheck(context),
        new DkmsConfCheck(context),
        new SpaceCheck(context),
        new SignatureCheck(context),
        new SearchOrderCheck(context),
        new CopiesCheck(context),
        new PluginCheck(context),
        new ServiceCheck(context),
        new SocketCheck(context),
        new NextBootCheck(context),
        new DriversCheck(context));
  }

  private static List<Diagnosis> examine(Check check) throws InterruptedException {
    try {
      return check.examine();
    } catch (AccessDeniedException refused) {
      return List.of(refused(check.name(), refused));
    } catch (IOException failed) {
      return List.of(check.unknown(IoErrors.text(failed), null));
    }
  }

  private static Diagnosis refused(String check, AccessDeniedException refused) {
    return new Diagnosis(
        check, State.UNKNOWN, refused.getFile() + " may not be read", "sudo kmodkeeper doctor");
  }
}
