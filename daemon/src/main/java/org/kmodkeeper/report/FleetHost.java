package org.kmodkeeper.report;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.report.FleetFile.Kernel;
import org.kmodkeeper.report.Terminal.Colour;

/**
 * One of many hosts, and what becomes of it at its next reboot.
 *
 * @param name as its file is called
 * @param ownName as it calls itself, if it says so
 * @param time when it was looked at, if that is known
 * @param reason in words, empty where all is well
 */
record FleetHost(
    String name,
    @Nullable String ownName,
    @Nullable Instant time,
    State state,
    String reason,
    List<Kernel> kernels) {
  /** What is older says nothing of the next reboot: a kernel may have come since. */
  static final Duration MAX_AGE = Duration.ofDays(1);

  /** Clocks of hosts differ by that much. */
  private static final Duration MAX_SKEW = Duration.ofMinutes(10);

  static final Comparator<FleetHost> WORST_FIRST =
      Comparator.comparing(FleetHost::state)
          .thenComparing(FleetHost::prevented, Comparator.reverseOrder())
          .thenComparing(FleetHost::name);

  /** The worst first. */
  enum State {
    UNSAFE("next boot not safe", Colour.RED),
    UNKNOWN("unknown", Colour.RED),
    PARTLY("another kernel not bootable", Colour.YELLOW),
    WITHOUT_DRIVER("no driver managed", Colour.NONE),
    BOOTABLE("bootable", Colour.GREEN);

    private final String words;
    private final Colour colour;

    State(String words, Colour colour) {
      this.words = words;
      this.colour = colour;
    }

    Colour colour() {
      return colour;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  FleetHost {
    kernels = List.copyOf(kernels);
  }

  /** A host of which there is nothing to go by. */
  static FleetHost unknown(String name, String reason) {
    return new FleetHost(name, null, null, State.UNKNOWN, reason, List.of());
  }

  /** What the file says of the host; nothing is safe that it does not say. */
  static FleetHost of(String name, FleetFile file, Instant now) {
    List<Kernel> kernels = Objects.requireNonNull(file.kernels());
    Instant time = Objects.requireNonNull(file.time());
    boolean all =
        Boolean.TRUE.equals(file.bootable()) && kernels.stream().allMatch(Kernel::isBootable);
    List<Kernel> next = kernels.stream().filter(Kernel::bootsNext).toList();
    Optional<Kernel> stuck = next.stream().filter(kernel -> !kernel.isBootable()).findFirst();
    State state = State.UNKNOWN;
    String reason = "";
    if (stuck.isPresent()) {
      state = State.UNSAFE;
      reason = "kernel " + stuck.get().release() + " boots next";
    } else if (next.isEmpty() && !all) {
      state = State.UNSAFE;
      reason = "not known which kernel boots next, and not all are bootable";
    } else if (kernels.isEmpty()) {
      reason = "no kernel is named";
    } else if (time.isBefore(now.minus(MAX_AGE))) {
      reason = "more than a day old";
    } else if (time.isAfter(now.plus(MAX_SKEW))) {
      reason = "its time is later than this page's: one of the clocks is wrong";
    } else if (next.isEmpty()) {
      reason = "not known which kernel boots next";
    } else if (!all) {
      state = State.PARTLY;
    } else if (kernels.stream().allMatch(kernel -> kernel.drivers().isEmpty())) {
      state = State.WITHOUT_DRIVER;
    } else {
      state = State.BOOTABLE;
    }
    return new FleetHost(name, file.host(), time, state, reason, kernels);
  }

  /** How many verdicts make a kernel not bootable. */
  private long prevented() {
    return kernels.stream()
        .flatMap(kernel -> kernel.drivers().stream())
        .filter(FleetFile.Driver::prevents)
        .count();
  }

  /** How much it takes of the page. */
  int size() {
    return kernels.stream().mapToInt(kernel -> 1 + kernel.drivers().size()).sum();
  }
}
