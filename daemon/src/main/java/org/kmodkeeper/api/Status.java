package org.kmodkeeper.api;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.HostState.Busy;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.KernelState.Presence;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy.Need;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;

/** The status as it travels over the socket; the fields are explained in the interface file. */
public record Status(
    String version,
    boolean busy,
    boolean bootable,
    List<Activity> activities,
    List<KernelStatus> kernels,
    List<KernelStatus> offered) {
  public Status {
    activities = List.copyOf(activities);
    kernels = List.copyOf(kernels);
    offered = List.copyOf(offered);
  }

  /** One installed kernel. */
  public record KernelStatus(
      String release,
      boolean running,
      boolean nextBoot,
      boolean bootable,
      List<DriverStatus> drivers) {
    public KernelStatus {
      Objects.requireNonNull(release);
      drivers = List.copyOf(drivers);
    }
  }

  /** One driver for one kernel. */
  public record DriverStatus(
      String driver,
      @Nullable String version,
      Verdict verdict,
      boolean required,
      String detail,
      @Nullable String advice,
      @Nullable String path,
      @Nullable Remedy remedy,
      @Nullable Outcome outcome,
      @Nullable String log,
      @Nullable String retryAt) {
    public DriverStatus {
      Objects.requireNonNull(driver);
      Objects.requireNonNull(verdict);
      Objects.requireNonNull(detail);
    }

    /** The driver with its version, if it has one. */
    public String title() {
      return DriverLine.title(driver, version);
    }

    /** The verdict, why it is so, and what to do. */
    public String reason() {
      return DriverLine.reason(verdict, detail, advice);
    }
  }

  /** The same with other activities and these kernels. */
  public Status with(List<Activity> other, List<KernelStatus> chosen) {
    return new Status(version, busy, bootable, other, chosen, offered);
  }

  /** The same with these kernels that are offered. */
  public Status offering(List<KernelStatus> chosen) {
    return new Status(version, busy, bootable, activities, kernels, chosen);
  }

  /** The same with what a preflight has answered of kernels that are not installed. */
  Status and(List<PreflightAnswer> answers) {
    Map<Kernel, List<DriverStatus>> rows = new TreeMap<>(Comparator.reverseOrder());
    for (PreflightAnswer answer : answers) {
      rows.computeIfAbsent(answer.cell().kernel(), kernel -> new ArrayList<>()).add(driver(answer));
    }
    List<KernelStatus> kernelsOffered = new ArrayList<>();
    rows.forEach((kernel, drivers) -> kernelsOffered.add(offered(kernel, drivers)));
    return offering(kernelsOffered);
  }

  private static KernelStatus offered(Kernel kernel, List<DriverStatus> drivers) {
    boolean bootable =
        drivers.stream().allMatch(driver -> !driver.required() || driver.verdict().bootable());
    return new KernelStatus(kernel.release(), false, false, bootable, drivers);
  }

  private static DriverStatus driver(PreflightAnswer answer) {
    return new DriverStatus(
        answer.driver(),
        answer.version(),
        answer.verdict(),
        answer.required(),
        answer.detail(),
        answer.advice(),
        null,
        null,
        null,
        answer.log(),
        null);
  }

  /** Puts what was seen into the words of the interface. */
  static Status of(HostState state, boolean loopIsBusy) {
    return new Status(
        Version.TEXT,
        loopIsBusy || state.busy() == Busy.WORKING,
        state.bootable(),
        state.activities(),
        state.kernels().stream().map(kernel -> kernel(kernel, state.nextBoot())).toList(),
        List.of());
  }

  private static KernelStatus kernel(KernelState state, @Nullable Kernel nextBoot) {
    return new KernelStatus(
        state.kernel().release(),
        state.presence() == Presence.RUNNING,
        state.kernel().equals(nextBoot),
        state.bootable(),
        state.drivers().stream().map(Status::driver).toList());
  }

  static DriverStatus driver(DriverState state) {
    Observation observation = state.observation();
    var driver = observation.driver();
    @Nullable Attempt last = state.last();
    return new DriverStatus(
        observation.policy().name(),
        driver == null ? null : driver.version(),
        state.finding().verdict(),
        observation.policy().need() != Need.OPTIONAL,
        state.finding().detail(),
        state.finding().advice(),
        path(observation),
        last == null ? null : last.remedy(),
        last == null ? null : last.outcome(),
        last == null ? null : last.log(),
        state.plan() instanceof Plan.Retry retry ? text(retry.at()) : null);
  }

  private static @Nullable String path(Observation observation) {
    return observation.modules().stream()
        .map(Observation.Module::resolved)
        .filter(file -> file != null)
        .map(file -> file.path().toString())
        .findFirst()
        .orElse(null);
  }

  private static String text(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
