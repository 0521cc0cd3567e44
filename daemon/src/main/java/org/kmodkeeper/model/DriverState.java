package org.kmodkeeper.model;

import org.jspecify.annotations.Nullable;

/**
 * One cell of the status: an observation, what it means, what happens next, what happened last.
 *
 * @param last the newest attempt, or null if there was none
 * @param requiredBy what makes the driver required where nobody has said that it is, or null
 */
public record DriverState(
    Observation observation,
    Finding finding,
    Plan plan,
    @Nullable Attempt last,
    @Nullable String requiredBy) {
  public DriverState(Observation observation, Finding finding, Plan plan, @Nullable Attempt last) {
    this(observation, finding, plan, last, null);
  }

  /** Whether the kernel may be booted as far as this driver goes. */
  public boolean bootable() {
    return finding.verdict().bootable() || observation.policy().need() == Policy.Need.OPTIONAL;
  }

  /** The same while a remedy is running: that is what there is to say. */
  public DriverState during(Activity activity) {
    if (activity.purpose() == Activity.Purpose.IMPROVE) {
      return this;
    }
    var building =
        new Finding(Verdict.BUILDING, "remedy " + activity.remedy() + " is running", null);
    return new DriverState(observation, building, plan, last, requiredBy);
  }
}
