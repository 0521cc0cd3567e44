package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.Trace;
import org.kmodkeeper.host.Traced;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.process.Heartbeat;

/**
 * The rows of the table: all drivers on one kernel. A row is remembered for as long as the drivers
 * are the same and the disk agrees; new ones are made several at a time.
 */
final class Rows {
  private static final int MOST = 1024;

  private final RowInspector inspector;
  private final Heartbeat heartbeat;
  private @Nullable Table table;

  /** What all rows have in common, and the rows themselves. */
  private record Table(
      HostFacts host, List<DriverFacts> drivers, Traced<Row, List<Observation>> rows) {}

  /**
   * @param heartbeat beats while rows are made
   */
  Rows(RowInspector inspector, Heartbeat heartbeat) {
    this.inspector = inspector;
    this.heartbeat = heartbeat;
  }

  /** The rows of these kernels, in the same order. */
  List<List<Observation>> look(
      Trace disk, List<Kernel> kernels, HostFacts host, List<DriverFacts> drivers)
      throws IOException, InterruptedException {
    Table now = table(host, drivers);
    return Crew.each(
        inspector.rows(kernels),
        row ->
            now.rows()
                .get(row, disk, branch -> inspector.inspect(row, branch, host, now.drivers())),
        heartbeat::beat);
  }

  /** One driver on one kernel, which is not remembered. */
  Observation cell(Trace disk, Kernel kernel, HostFacts host, DriverFacts driver)
      throws IOException, InterruptedException {
    Row row = inspector.rows(List.of(kernel)).get(0);
    return inspector.inspect(row, disk.branch(), host, List.of(driver)).get(0);
  }

  private synchronized Table table(HostFacts host, List<DriverFacts> drivers) {
    Table known = table;
    if (known == null || !known.host().equals(host) || !known.drivers().equals(drivers)) {
      known = new Table(host, List.copyOf(drivers), new Traced<>(MOST));
      table = known;
    }
    return known;
  }
}
