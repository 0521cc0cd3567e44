package org.kmodkeeper.cli;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.api.View;
import org.kmodkeeper.varlink.VarlinkException;
import picocli.CommandLine.Option;

/** The kernels and drivers that a command is about. */
final class Selection {
  private static final String KERNELS =
      "; 'kmodkeeper status' shows the kernels that are installed";

  @Option(
      names = "--kernel",
      paramLabel = "RELEASE",
      description =
          "Only this kernel: its release, or the beginning of it, or running, next or newest.")
  private @Nullable String kernel;

  @Option(names = "--driver", paramLabel = "NAME", description = "Only this driver.")
  private @Nullable String driver;

  boolean hasKernel() {
    return kernel != null;
  }

  @Nullable String driver() {
    return driver;
  }

  /** What of the status was asked for; what it says of a kernel is still about all its drivers. */
  Status of(Status all) throws CommandFailedException {
    return of(all, kernel, driver);
  }

  /** The same for these; null stands for all of them. */
  static Status of(Status all, @Nullable String kernel, @Nullable String driver)
      throws CommandFailedException {
    List<Status.KernelStatus> kernels =
        kernel == null ? all.kernels() : List.of(kernel(all.kernels(), kernel));
    List<Status.KernelStatus> offered = kernel == null ? all.offered() : List.of();
    return driver == null
        ? all.with(all.activities(), kernels).offering(offered)
        : all.with(all.activities(), withDriver(kernels, driver)).offering(rows(offered, driver));
  }

  /** The release that was asked for, or null for all kernels; what is not there is refused. */
  @Nullable String release(View view)
      throws IOException, VarlinkException, InterruptedException, CommandFailedException {
    if (kernel == null && driver == null) {
      return null;
    }
    Status selected = of(view.status());
    return kernel == null ? null : selected.kernels().get(0).release();
  }

  /** The same for the past: a release that is not installed is taken as it was given. */
  @Nullable String releaseThen(View view)
      throws IOException, VarlinkException, InterruptedException, CommandFailedException {
    if (kernel == null) {
      return null;
    }
    List<Status.KernelStatus> kernels = view.status().kernels();
    return matching(kernels, kernel).isEmpty() ? kernel : kernel(kernels, kernel).release();
  }

  /** The one kernel that is meant. */
  static Status.KernelStatus kernel(List<Status.KernelStatus> kernels, String word)
      throws CommandFailedException {
    List<Status.KernelStatus> found = matching(kernels, word);
    if (found.isEmpty()) {
      String what =
          word.equals("next")
              ? "which kernel boots next is not known"
              : "kernel " + word + " is not installed";
      throw ExitStatus.NOT_FOUND.because(what + KERNELS);
    }
    if (found.size() > 1) {
      String all =
          found.stream().map(Status.KernelStatus::release).collect(Collectors.joining(", "));
      throw ExitStatus.NOT_FOUND.because(
          "kernel " + word + " may be any of " + all + "; give a longer beginning");
    }
    return found.get(0);
  }

  private static List<Status.KernelStatus> matching(
      List<Status.KernelStatus> kernels, String word) {
    List<Status.KernelStatus> exact =
        kernels.stream().filter(one -> one.release().equals(word)).toList();
    if (!exact.isEmpty()) {
      return exact;
    }
    Stream<Status.KernelStatus> all = kernels.stream();
    return switch (word) {
      case "running" -> all.filter(Status.KernelStatus::running).toList();
      case "next" -> all.filter(Status.KernelStatus::nextBoot).toList();
      case "newest" -> all.limit(1).toList();
      default -> all.filter(one -> begins(one.release(), word)).toList();
    };
  }

  /** 6.1.0-55 is the beginning of 6.1.0-55.el9, and not of 6.1.0-550.el9. */
  private static boolean begins(String release, String word) {
    return !word.isEmpty()
        && release.startsWith(word)
        && !Character.isLetterOrDigit(release.charAt(word.length()));
  }

  /** The kernels that have a row of that driver, with no other. */
  private static List<Status.KernelStatus> rows(List<Status.KernelStatus> kernels, String name) {
    return kernels.stream()
        .map(
            one ->
                new Status.KernelStatus(
                    one.release(),
                    one.running(),
                    one.nextBoot(),
                    one.bootable(),
                    one.drivers().stream().filter(row -> row.driver().equals(name)).toList()))
        .filter(one -> !one.drivers().isEmpty())
        .toList();
  }

  private static List<Status.KernelStatus> withDriver(
      List<Status.KernelStatus> kernels, String name) throws CommandFailedException {
    List<Status.KernelStatus> found = rows(kernels, name);
    if (found.isEmpty()) {
      throw ExitStatus.NOT_FOUND.because(
          "driver " + name + " is not managed; 'kmodkeeper status' shows those that are");
    }
    return found;
  }
}
