package org.kmodkeeper.model;

/** One cell of the status: which driver on which kernel. */
public record DriverOnKernel(Kernel kernel, String driver) {
  public static DriverOnKernel of(Observation observation) {
    return new DriverOnKernel(observation.kernel(), observation.policy().name());
  }

  public static DriverOnKernel of(DriverState state) {
    return of(state.observation());
  }

  public static DriverOnKernel of(Activity activity) {
    return new DriverOnKernel(activity.kernel(), activity.driver());
  }

  @Override
  public String toString() {
    return DriverLine.subject(kernel.release(), driver, null);
  }
}
