package org.kmodkeeper.report;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;

/** Statuses for tests, as a daemon would send them. */
public final class Statuses {
  private Statuses() {}

  public static Status of(Status.KernelStatus... kernels) {
    boolean bootable = List.of(kernels).stream().allMatch(Status.KernelStatus::bootable);
    return new Status("1", false, bootable, List.of(), List.of(kernels), List.of());
  }

  public static Status building(Status status, String since, @Nullable String doing) {
    var activity =
        new Activity(
            new Kernel(status.kernels().get(0).release()),
            "nic",
            Remedy.DKMS,
            Instant.parse(since),
            Activity.Purpose.MAKE_READY,
            null,
            doing,
            null);
    return new Status("1", true, status.bootable(), List.of(activity), status.kernels(), List.of());
  }

  public static Status.KernelStatus kernel(String release, Status.DriverStatus... drivers) {
    boolean bootable =
        List.of(drivers).stream().allMatch(one -> !one.required() || one.verdict().bootable());
    return new Status.KernelStatus(release, false, false, bootable, List.of(drivers));
  }

  public static Status.KernelStatus running(Status.KernelStatus kernel) {
    return new Status.KernelStatus(
        kernel.release(), true, kernel.nextBoot(), kernel.bootable(), kernel.drivers());
  }

  public static Status.KernelStatus next(Status.KernelStatus kernel) {
    return new Status.KernelStatus(
        kernel.release(), kernel.running(), true, kernel.bootable(), kernel.drivers());
  }

  public static Status.DriverStatus ready(String name, String version) {
    return driver(name, version, Verdict.READY, "/lib/modules/x/extra/" + name + ".ko", null, null);
  }

  public static Status.DriverStatus driver(
      String name,
      @Nullable String version,
      Verdict verdict,
      String detail,
      @Nullable String advice,
      @Nullable String retryAt) {
    return new Status.DriverStatus(
        name, version, verdict, true, detail, advice, null, null, null, null, retryAt);
  }

  public static Status.DriverStatus optional(Status.DriverStatus one) {
    return new Status.DriverStatus(
        one.driver(),
        one.version(),
        one.verdict(),
        false,
        one.detail(),
        one.advice(),
        one.path(),
        one.remedy(),
        one.outcome(),
        one.log(),
        one.retryAt());
  }
}
