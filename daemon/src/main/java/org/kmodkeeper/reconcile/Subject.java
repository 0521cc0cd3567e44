package org.kmodkeeper.reconcile;

import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;

/** One cell of the table. */
record Subject(Kernel kernel, String driver) {
  static Subject of(Observation observation) {
    return new Subject(observation.kernel(), observation.policy().name());
  }

  @Override
  public String toString() {
    return DriverLine.subject(kernel.release(), driver, null);
  }
}
