package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
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
    var configuration = new Configuration(paths.configuration());
    Settings settings;
    try {
      settings = configuration.read();
      int drivers = settings.policies().size();
      String count = drivers + (drivers == 1 ? " driver" : " drivers");
      found.addAll(
          Check.examine(
              "configuration",
              check -> {
                check.ok(paths.configuration() + ": " + count);
                configuration.warnings().forEach(line -> check.note(line, edit(line)));
              }));
    } catch (ConfigurationException refused) {
      // The rest is looked at as if nothing was configured.
      settings = Configuration.defaults();
      found.addAll(
          Check.examine(
              "configuration",
              check -> refused.problems().forEach(line -> check.bad(line, edit(line)))));
    }
    DoctorContext context;
    try {
      context = DoctorContext.of(paths, runner, settings, clock);
    } catch (AccessDeniedException refused) {
      found.add(Check.mayNotRead("drivers", refused));
      return found;
    }
    var build = new BuildChecks(context);
    var kernel = new KernelChecks(context);
    var service = new ServiceChecks(context);
    found.addAll(Check.examine("headers", build::headers));
    found.addAll(Check.examine("compiler", build::compiler));
    found.addAll(Check.examine("dkms", build::dkms));
    found.addAll(Check.examine("source", build::source));
    found.addAll(Check.examine("dkms.conf", build::dkmsConf));
    found.addAll(Check.examine("space", build::space));
    found.addAll(Check.examine("signatures", kernel::signatures));
    found.addAll(Check.examine("search-order", kernel::searchOrder));
    found.addAll(Check.examine("copies", kernel::copies));
    found.addAll(Check.examine("plugin", service::plugin));
    found.addAll(Check.examine("service", service::service));
    found.addAll(Check.examine("socket", service::socket));
    found.addAll(Check.examine("next-boot", kernel::nextBoot));
    found.addAll(Check.examine("drivers", kernel::drivers));
    return found;
  }

  /**
   * The command that edits the line.
   *
   * @param problem begins with {@code file:line:}
   */
  private static String edit(String problem) {
    String[] place = problem.split(":", 3);
    return "${EDITOR:-vi} +" + place[1] + " " + place[0] + " && systemctl reload kmodkeeper";
  }
}
