package org.kmodkeeper.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.DiskView;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.image.ImagePreparation;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.systemd.LogConfigurator;
import picocli.CommandLine.Option;

/** Makes the drivers of an image's kernels ready while the image is built. */
@picocli.CommandLine.Command(
    name = "prepare",
    description = {
      "Make the drivers of an image's kernels ready, while the image is built.",
      "Runs in the image: in a Containerfile, a chroot or an installer's script, without the",
      "daemon or systemd. Nothing is taken from the kernel that runs; the boot loader is left",
      "alone. Every driver is required, except those with required = no. The exit status is",
      "that of check: 0 only if each required driver is ready for each kernel."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  RUN kmodkeeper prepare",
      "  kmodkeeper prepare --kernel newest --driver ixgbevf",
      "  kmodkeeper prepare --root /mnt/sysimage"
    })
@SuppressWarnings("try")
final class PrepareCommand implements Subcommand {
  private static final String OTHER =
      "held by a daemon or another prepare on this root; on a host that runs: "
          + "kmodkeeper rebuild && kmodkeeper wait";

  // The script that runs this enters the root, and leaves the option out.
  @Option(
      names = "--root",
      paramLabel = "DIR",
      description = "In this root, which has kmodkeeper installed (default: /).")
  private @Nullable Path root;

  @Option(
      names = "--kernel",
      paramLabel = "RELEASE",
      description =
          "Only this kernel: its release, or the beginning of it, newest or all (default).")
  private String kernel = "all";

  @Option(names = "--driver", paramLabel = "NAME", description = "Only this driver.")
  private @Nullable String driver;

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    if (root != null) {
      throw ExitStatus.USAGE.because("--root " + root + ": only /usr/bin/kmodkeeper can enter it");
    }
    host.requireRoot();
    LogConfigurator.omitPriorities();
    Settings settings = host.settings();
    int[] status = {ExitStatus.FAILURE.code()};
    InterruptibleTask.of(() -> status[0] = prepare(host, settings));
    return status[0];
  }

  /** Two daemons, or a daemon and this, would build into each other's directories. */
  private int prepare(CommandContext host, Settings settings)
      throws IOException, InterruptedException, CommandFailedException {
    HostPaths image = host.paths().image();
    boolean isNew = !Files.exists(image.run());
    try (LockFile lock =
        LockFile.tryTake(image.instanceLock())
            .orElseThrow(() -> ExitStatus.FAILURE.because(image.instanceLock() + ": " + OTHER))) {
      List<Status.KernelStatus> kernels = selected(look(host, image, settings)).kernels();
      sayWhatConfines(host);
      ImagePreparation.open(image, host.runner(), settings, host.clock())
          .prepare(kernels.stream().map(one -> new Kernel(one.release())).toList(), driver);
      return report(host, selected(look(host, image, settings)));
    } finally {
      if (isNew) {
        // Nothing runs in an image: what is in its /run would stay there.
        FileUtils.deleteDirectory(image.run().toFile());
      }
    }
  }

  private static Status look(CommandContext host, HostPaths image, Settings settings)
      throws IOException, InterruptedException {
    try (DiskView disk = DiskView.open(image, host.runner(), settings, host.clock())) {
      return disk.status();
    }
  }

  /** Of what there is, what was asked for; an image without it is not what its maker meant. */
  private Status selected(Status all) throws CommandFailedException {
    if (all.kernels().isEmpty()) {
      throw ExitStatus.NOT_FOUND.because(
          "no kernel is installed in /lib/modules: install the image's kernel first");
    }
    Status selected = Selection.of(all, kernel.equals("all") ? null : kernel, driver);
    boolean isSetUp =
        selected.kernels().stream()
            .flatMap(one -> one.drivers().stream())
            .anyMatch(cell -> cell.verdict() != Verdict.NOT_SET_UP);
    if (!isSetUp) {
      throw ExitStatus.NOT_FOUND.because(
          (driver == null ? "no driver" : "driver " + driver)
              + (driver == null ? " is set up" : " is not set up")
              + " in this image: put the source into /usr/src, and register it with dkms or name"
              + " it in /etc/kmodkeeper/drivers.d");
    }
    return selected;
  }

  private static void sayWhatConfines(CommandContext host)
      throws IOException, InterruptedException {
    if (!host.runner().run(Command.of("unshare", "--mount", "true")).succeeded()) {
      host.errorScreen()
          .line(
              "kmodkeeper: no namespaces (unshare --mount): what drivers' makefiles do is confined"
                  + " by the build of this image alone; except for dkms they run as user"
                  + " kmodkeeper-build");
    }
  }

  private int report(CommandContext host, Status status) {
    for (Status.KernelStatus one : status.kernels()) {
      one.drivers().stream()
          .filter(cell -> cell.verdict() == Verdict.NOT_SET_UP)
          .forEach(
              cell ->
                  host.screen()
                      .line(
                          "kernel %s: driver %s: not-set-up, passed over: %s"
                              .formatted(one.release(), cell.driver(), cell.detail())));
      one.drivers().stream()
          .filter(cell -> cell.verdict() == Verdict.READY)
          .forEach(
              cell ->
                  host.screen()
                      .line(
                          "kernel %s: driver %s %s: ready: %s"
                              .formatted(
                                  one.release(), cell.driver(), cell.version(), cell.path())));
    }
    return new BootableReport(host.screen(), driver).print(status);
  }
}
