package org.kmodkeeper.doctor;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kmodkeeper.api.DiskView;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.api.NextBoot;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;

/**
 * The host that is looked at, with what the daemon's own look finds on its disk.
 *
 * @param explanations of all kernels and drivers
 */
record DoctorContext(
    HostPaths paths,
    CommandRunner runner,
    Settings settings,
    Status status,
    List<Explanation> explanations,
    NextBoot nextBoot) {
  static DoctorContext of(HostPaths paths, CommandRunner runner, Settings settings, Clock clock)
      throws IOException, InterruptedException {
    try (DiskView disk = DiskView.open(paths, runner, settings, clock)) {
      Status status = disk.status();
      List<Explanation> explanations = new ArrayList<>();
      for (Status.KernelStatus kernel : status.kernels()) {
        explanations.addAll(disk.explain(kernel.release(), null));
      }
      return new DoctorContext(paths, runner, settings, status, explanations, disk.nextBoot());
    }
  }

  /** The installed kernels, newest first. */
  List<Kernel> kernels() {
    return status.kernels().stream().map(kernel -> new Kernel(kernel.release())).toList();
  }

  /** One explanation of each driver, for the newest kernel. */
  List<Explanation> drivers() {
    Map<String, Explanation> drivers = new LinkedHashMap<>();
    explanations.forEach(one -> drivers.putIfAbsent(one.driver().driver(), one));
    return List.copyOf(drivers.values());
  }

  /** Whether there is a driver to build: a host without one needs no compiler. */
  boolean hasDriver() {
    return explanations.stream().anyMatch(one -> one.source() != null);
  }

  /** The driver's source, if there is one. */
  Optional<Driver> source(Explanation of) {
    Status.DriverStatus driver = of.driver();
    if (of.source() == null || driver.version() == null) {
      return Optional.empty();
    }
    List<String> modules = of.modules().stream().map(Explanation.ModuleFacts::name).toList();
    return Optional.of(
        new Driver(driver.driver(), driver.version(), paths.root().resolve(of.source()), modules));
  }

  /**
   * What the dkms.conf of the driver says.
   *
   * @throws IOException if bash cannot read it; the message is its own
   */
  DkmsConf conf(Driver driver) throws IOException, InterruptedException {
    List<DkmsConfReader.Target> targets =
        kernels().stream()
            .map(kernel -> new DkmsConfReader.Target(kernel, paths.tree(kernel).resolve("build")))
            .toList();
    Map<String, DkmsConf> answers = new DkmsConfReader(paths, runner).describe(driver, targets);
    return answers.values().iterator().next();
  }

  boolean has(String program) {
    return runner.searchPath().find(program).isPresent();
  }

  Advice advice() {
    return Advice.on(runner.searchPath());
  }
}
