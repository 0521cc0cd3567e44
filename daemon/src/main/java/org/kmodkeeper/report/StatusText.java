package org.kmodkeeper.report;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Status;
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

  /** A trouble that several kernels share, apart from the release in its text. */
  private record Trouble(String driver, Verdict verdict, String detail) {
    static Trouble of(String release, Status.DriverStatus cell) {
      return new Trouble(cell.title(), cell.verdict(), cell.detail().replace(release, "*"));
    }
  }

  /** One paragraph: a trouble and the kernels that have it. */
  private record Note(List<String> releases, List<Status.DriverStatus> cells) {
    static Note begin() {
      return new Note(new ArrayList<>(), new ArrayList<>());
    }

    void add(String release, Status.DriverStatus cell) {
      releases.add(release);
      cells.add(cell);
    }

    /** What to do, for each kernel where it is not the same. */
    List<String> advice() {
      return texts(Status.DriverStatus::advice).distinct().toList();
    }

    Optional<String> retryAt() {
      return texts(Status.DriverStatus::retryAt).min(Comparator.naturalOrder());
    }

    private Stream<String> texts(Function<Status.DriverStatus, @Nullable String> text) {
      return cells.stream().flatMap(cell -> Stream.ofNullable(text.apply(cell)));
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
    StatusTable.of(kernels).print(screen);
    if (kernels.stream().allMatch(kernel -> kernel.drivers().isEmpty())) {
      screen.line();
      screen.line(
          "no driver is managed: there is none in /etc/kmodkeeper/drivers.d, and dkms installs none"
              + " automatically");
    }
    Map<Trouble, Note> notes = new LinkedHashMap<>();
    for (Status.KernelStatus kernel : kernels) {
      String release = kernel.release();
      kernel.drivers().stream()
          .filter(StatusText::needsAttention)
          .forEach(
              cell ->
                  notes
                      .computeIfAbsent(Trouble.of(release, cell), trouble -> Note.begin())
                      .add(release, cell));
    }
    notes.values().forEach(note -> print(note, subject(note.releases(), kernels.size())));
    screen.line();
    screen.line(summary(kernels) + marks(kernels));
    if (status.activity() != null) {
      screen.line(Progress.text(status.activity(), clock.instant()));
    }
  }

  private static String subject(List<String> releases, int all) {
    return releases.size() == 1
        ? "kernel " + releases.get(0)
        : releases.size() == all
            ? "all " + all + " kernels"
            : "kernels " + String.join(", ", releases);
  }

  private void print(Note note, String subject) {
    screen.line();
    Status.DriverStatus newest = note.cells().get(0);
    screen.line(subject + ": driver " + newest.title() + ": " + newest.verdict());
    screen.indented(INDENT, newest.detail());
    note.advice().forEach(advice -> screen.indented(INDENT, advice));
    note.retryAt().ifPresent(time -> screen.indented(INDENT, "next try at " + time));
  }

  /** How many kernels are not bootable. */
  static String summary(List<Status.KernelStatus> kernels) {
    long stuck = kernels.stream().filter(kernel -> !kernel.bootable()).count();
    String all = kernels.size() == 1 ? "1 kernel." : kernels.size() + " kernels.";
    return stuck == 0
        ? "Every kernel listed is bootable."
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
