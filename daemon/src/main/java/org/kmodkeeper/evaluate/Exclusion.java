package org.kmodkeeper.evaluate;

import java.util.List;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Policy.Need;
import org.kmodkeeper.model.Verdict;

/**
 * What it means that a driver's dkms.conf excludes a kernel. The kernel may have the driver in
 * itself by then; or the host's device would be without one there.
 */
public final class Exclusion {
  private Exclusion() {}

  /**
   * Tells a kernel that lacks the driver from one that does without it.
   *
   * @param judged what is known of this kernel alone
   * @param table all drivers on all installed kernels
   */
  static Finding weigh(Finding judged, Observation of, List<Observation> table) {
    return hasItsOwn(of) ? judged : withoutItsOwn(judged, of.kernel(), of.policy(), table);
  }

  /** The same for a kernel that has no module of its own in the driver's place. */
  public static Finding withoutItsOwn(
      Finding judged, Kernel kernel, Policy policy, List<Observation> table) {
    boolean missed =
        judged.verdict() == Verdict.EXCLUDED
            && policy.need() == Need.REQUIRED
            && table.stream()
                .filter(other -> other.policy().name().equals(policy.name()))
                .filter(other -> !other.kernel().equals(kernel))
                .anyMatch(Exclusion::mayServe);
    return missed
        ? new Finding(
            Verdict.UNSUPPORTED,
            judged.detail() + "; modprobe would load no module of the kernel's own in its place",
            "install a version of the driver that supports this kernel; if the host can do without"
                + " it there: boot-excluded = yes in kmodkeeper.conf")
        : judged;
  }

  /** Whether modprobe would load the kernel's own module for each of the driver's. */
  private static boolean hasItsOwn(Observation of) {
    return !of.modules().isEmpty() && of.modules().stream().allMatch(Exclusion::isItsOwn);
  }

  private static boolean isItsOwn(Observation.Module module) {
    ModuleFile file = module.resolved();
    return module.resolution() == Resolution.BUILT_IN
        || (module.resolution() == Resolution.FILE
            && file != null
            && file.place() == ModuleFile.Place.IN_TREE);
  }

  /** Whether the host's device may have a driver on that kernel: whether it has is in doubt. */
  private static boolean mayServe(Observation on) {
    return on.driverFacts().excluded() == null
        || on.modules().stream()
            .allMatch(
                module ->
                    module.resolution() == Resolution.FILE
                        || module.resolution() == Resolution.BUILT_IN);
  }
}
