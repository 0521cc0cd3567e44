package org.kmodkeeper.cli;

import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Status;

/** The status for people: the table, then what needs their attention, then how it stands. */
final class StatusText {
  private static final int INDENT = 4;

  private final Screen screen;
  private final Clock clock;

  StatusText(Screen screen, Clock clock) {
    this.screen = screen;
    this.clock = clock;
  }

  /** What is to be said of a driver, mostly the same on several kernels. */
  private record Note(
      String driver,
      String verdict,
      String detail,
      @Nullable String advice,
      @Nullable String retryAt) {
    static Note of(Status.Driver cell) {
      return new Note(
          StatusTable.title(cell), cell.verdict(), cell.detail(), cell.advice(), cell.retryAt());
    }

    boolean needsAttention() {
      return switch (ExitStatus.of(verdict)) {
        case OK -> advice != null || retryAt != null;
        case BUILDING -> false;
        default -> true;
      };
    }
  }

  void print(Status status) {
    List<Status.Kernel> kernels = status.kernels();
    if (kernels.isEmpty()) {
      screen.line("no kernel is installed below /lib/modules");
      return;
    }
    StatusTable.of(kernels).print(screen);
    if (kernels.stream().allMatch(kernel -> kernel.drivers().isEmpty())) {
      screen.line();
      screen.line(
          "no driver is kept: there is none in /etc/kmodkeeper/drivers.d, and dkms installs none by"
              + " itself");
    }
    Map<Note, List<String>> notes = new LinkedHashMap<>();
    for (Status.Kernel kernel : kernels) {
      kernel.drivers().stream()
          .map(Note::of)
          .filter(Note::needsAttention)
          .forEach(
              note -> notes.computeIfAbsent(note, key -> new ArrayList<>()).add(kernel.release()));
    }
    notes.forEach((note, releases) -> print(note, subject(releases, kernels.size())));
    screen.line();
    screen.line(summary(kernels) + marks(kernels));
    if (status.activity() != null) {
      screen.line(Progress.text(Objects.requireNonNull(status.activity()), clock.instant()));
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
    screen.line(subject + ": driver " + note.driver() + ": " + note.verdict());
    screen.indented(INDENT, note.detail());
    if (note.advice() != null) {
      screen.indented(INDENT, note.advice());
    }
    if (note.retryAt() != null) {
      screen.indented(INDENT, "next try at " + note.retryAt());
    }
  }

  /** How many kernels could not be booted. */
  static String summary(List<Status.Kernel> kernels) {
    long stuck = kernels.stream().filter(kernel -> !kernel.bootable()).count();
    String all = kernels.size() == 1 ? "1 kernel." : kernels.size() + " kernels.";
    return stuck == 0
        ? "Every kernel listed is bootable."
        : "Not bootable: " + stuck + " of " + all;
  }

  private static String marks(List<Status.Kernel> kernels) {
    List<String> marks = new ArrayList<>();
    if (kernels.stream().anyMatch(Status.Kernel::running)) {
      marks.add("* is running");
    }
    if (kernels.stream().anyMatch(Status.Kernel::nextBoot)) {
      marks.add("> boots next");
    }
    return marks.isEmpty() ? "" : " (" + String.join(", ", marks) + ")";
  }
}
