package org.kmodkeeper.report;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Verdict;

/** The status for people: the table, what needs attention, and a summary. */
public final class StatusText {
  private static final int INDENT = 4;

  private final Terminal screen;
  private final Clock clock;

  public StatusText(Terminal screen, Clock clock) {
    this.screen = screen;
    this.clock = clock;
  }

  /** One driver on one kernel. */
  private record Cell(String release, Status.DriverStatus status) {
    static Stream<Cell> of(Status.KernelStatus kernel) {
      return kernel.drivers().stream().map(driver -> new Cell(kernel.release(), driver));
    }
  }

  /** A trouble that several kernels share, apart from the release in its text. */
  private record Trouble(String driver, Verdict verdict, String detail) {
    static Trouble of(Cell cell) {
      Status.DriverStatus status = cell.status();
      String detail = status.detail().replace(cell.release(), "*");
      return new Trouble(status.title(), status.verdict(), detail);
    }
  }

  private static boolean needsAttention(Status.DriverStatus cell) {
    return cell.verdict().bootable()
        ? cell.advice() != null || cell.retryAt() != null
        : cell.verdict() != Verdict.BUILDING;
  }

  public void print(Status status) {
    List<Status.KernelStatus> kernels = status.kernels();
    if (kernels.isEmpty()) {
      screen.line("no kernel is installed below /lib/modules");
      return;
    }
    StatusTable.of(status).print(screen);
    if (kernels.stream().allMatch(kernel -> kernel.drivers().isEmpty())) {
      screen.line();
      screen.line(
          "no driver is managed: there is none in /etc/kmodkeeper/drivers.d, and dkms installs none"
              + " automatically");
    }
    kernels.stream()
        .flatMap(Cell::of)
        .filter(cell -> needsAttention(cell.status()))
        .collect(Collectors.groupingBy(Trouble::of, LinkedHashMap::new, Collectors.toList()))
        .values()
        .forEach(cells -> print(cells, subject(cells, kernels.size())));
    status.offered().stream()
        .flatMap(Cell::of)
        .filter(cell -> cell.status().verdict() != Verdict.MISSING)
        .filter(cell -> needsAttention(cell.status()))
        .forEach(cell -> print(List.of(cell), "offered kernel " + cell.release()));
    screen.line();
    screen.line(summary(status) + marks(kernels));
    for (Activity one : status.activities()) {
      screen.line(Progress.text(one, clock.instant()));
    }
  }

  private static String subject(List<Cell> cells, int all) {
    List<String> releases = cells.stream().map(Cell::release).toList();
    return releases.size() == 1
        ? "kernel " + releases.get(0)
        : releases.size() == all
            ? "all " + all + " kernels"
            : "kernels " + String.join(", ", releases);
  }

  private void print(List<Cell> cells, String subject) {
    screen.line();
    Status.DriverStatus newest = cells.get(0).status();
    screen.line(subject + ": driver " + newest.title() + ": " + newest.verdict());
    screen.indented(INDENT, newest.detail());
    // What to do may differ from kernel to kernel; the first retry is the one to wait for.
    texts(cells, Status.DriverStatus::advice)
        .distinct()
        .forEach(advice -> screen.indented(INDENT, advice));
    texts(cells, Status.DriverStatus::retryAt)
        .min(Comparator.naturalOrder())
        .ifPresent(time -> screen.indented(INDENT, "next try at " + time));
    screen.indented(INDENT, newest.verdict().reference());
  }

  private static Stream<String> texts(
      List<Cell> cells, Function<Status.DriverStatus, @Nullable String> text) {
    return cells.stream().flatMap(cell -> Stream.ofNullable(text.apply(cell.status())));
  }

  /** How many kernels are not bootable. */
  static String summary(Status status) {
    List<Status.KernelStatus> kernels = status.kernels();
    long stuck = kernels.stream().filter(kernel -> !kernel.bootable()).count();
    String all = kernels.size() == 1 ? "1 kernel." : kernels.size() + " kernels.";
    return stuck == 0
        ? "Every " + (status.offered().isEmpty() ? "" : "installed ") + "kernel listed is bootable."
        : "Not bootable: " + stuck + " of " + all;
  }

  private static String marks(List<Status.KernelStatus> kernels) {
    List<String> marks = new ArrayList<>();
    if (kernels.stream().anyMatch(Status.KernelStatus::running)) {
      marks.add("* is running");
    }
    if (kernels.stream().anyMatch(Status.KernelStatus::nextBoot)) {
      marks.add("> boots next");
    }
    return marks.isEmpty() ? "" : " (" + String.join(", ", marks) + ")";
  }
}
