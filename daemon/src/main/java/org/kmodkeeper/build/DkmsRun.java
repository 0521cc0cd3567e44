package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/**
 * Runs dkms confined, while no other hand runs it: it runs the dkms.conf, and what that names, with
 * its own rights.
 */
final class DkmsRun {
  /**
   * How long another dkms is waited for before ours changes records, and how long that may take.
   */
  private static final Duration OTHER_DKMS_TIMEOUT = Duration.ofMinutes(10);

  /**
   * dkms 3.4 signs nothing where it takes itself to run in a chroot, which it does in any mount
   * namespace but init's: a service's, or that of a confined command. What framework.conf says has
   * the last word; older versions always sign, and do not know the word.
   */
  private static final String SIGN = "try_sign_modules";

  private final HostPaths paths;
  private final CommandRunner runner;

  DkmsRun(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
  }

  /**
   * Changes dkms's records.
   *
   * @param sources the directories of the drivers that dkms knows
   */
  Completed change(List<Path> sources, String... argv) throws IOException, InterruptedException {
    new DkmsProcesses(paths, runner).awaitEnd(OTHER_DKMS_TIMEOUT);
    Command command = Command.of(argv).within(OTHER_DKMS_TIMEOUT);
    return runner.run(new Sandbox(paths).privileged(command, writable(sources)));
  }

  /**
   * Builds for a kernel, or installs what was built.
   *
   * @param outputs the logs that dkms writes by itself
   */
  Completed build(
      List<Path> sources,
      List<Path> outputs,
      Kernel kernel,
      List<String> argv,
      Duration limit,
      Path log)
      throws IOException, InterruptedException {
    new DkmsProcesses(paths, runner).awaitEnd(limit);
    Command command = Command.of(argv).with(SIGN, "true").within(limit).loggingTo(log);
    return runner.runBounded(
        new Sandbox(paths).building(command, kernel, writable(sources)), outputs);
  }

  private List<Path> writable(List<Path> sources) {
    // weak-modules, which dkms may run, writes to all kernels' trees; a new initramfs to /boot.
    List<Path> writable = new ArrayList<>(List.of(paths.dkmsTree(), paths.modules(), paths.boot()));
    // Some drivers are built in their own source directory.
    writable.addAll(sources);
    return writable;
  }
}
