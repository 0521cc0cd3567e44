package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.kmodkeeper.host.DriverSources.Source;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.Trace;
import org.kmodkeeper.host.Traced;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.tools.DkmsConf;
import org.kmodkeeper.tools.Kbuild;

/** What drivers' dkms.conf files say; bash is asked once for all kernels, and then remembered. */
final class DkmsConfs {
  private final HostPaths paths;
  private final Kbuild kbuild;
  private final Traced<Question, Map<String, DkmsConf>> known = new Traced<>(512);

  private record Question(Driver driver, List<Kernel> kernels) {}

  DkmsConfs(HostPaths paths, Kbuild kbuild) {
    this.paths = paths;
    this.kbuild = kbuild;
  }

  /**
   * What the driver's dkms.conf says for each of the kernels, by their releases.
   *
   * @throws IOException if bash cannot read it
   */
  Map<String, DkmsConf> of(Trace disk, List<Kernel> kernels, String name, Source source)
      throws IOException, InterruptedException {
    var driver = new Driver(name, source.version(), source.directory(), List.of(name));
    return known.get(
        new Question(driver, kernels), disk, branch -> describe(branch, kernels, driver));
  }

  private Map<String, DkmsConf> describe(Trace disk, List<Kernel> kernels, Driver driver)
      throws IOException, InterruptedException {
    disk.identity(driver.source().resolve("dkms.conf"));
    for (Path override : disk.list(paths.dkmsConfiguration())) {
      disk.identity(override);
      for (Path framework : disk.list(override)) {
        disk.identity(framework);
      }
    }
    List<Kbuild.Target> targets = new ArrayList<>();
    for (Kernel kernel : kernels) {
      Path build = paths.tree(kernel).resolve("build");
      targets.add(new Kbuild.Target(kernel, build));
      // A dkms.conf may look at the headers, so a change of them asks anew.
      disk.identity(build.resolve(".config"));
    }
    return kbuild.describe(driver, targets);
  }
}
