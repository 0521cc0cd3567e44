package org.kmodkeeper.reconcile;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.List;
import java.util.Map;
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

  /** Kernels for which modprobe is asked in one run. */
  private static final int SHARE = 16;

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
    List<Row> rows = inspector.rows(kernels);
    return Crew.shares(rows, SHARE, share -> look(disk, share, now), heartbeat::beat).stream()
        .flatMap(List::stream)
        .toList();
  }

  private List<List<Observation>> look(Trace disk, List<Row> rows, Table table)
      throws IOException, InterruptedException {
    Map<Row, List<Observation>> seen =
        table
            .rows()
            .getAll(
                rows, disk, branches -> inspector.inspect(branches, table.host(), table.drivers()));
    return rows.stream().map(row -> requireNonNull(seen.get(row))).toList();
  }

  /** One driver on one kernel, which is not remembered. */
  Observation cell(Trace disk, Kernel kernel, HostFacts host, DriverFacts driver)
      throws IOException, InterruptedException {
    Row row = inspector.rows(List.of(kernel)).get(0);
    Map<Row, Trace> alone = Map.of(row, disk.branch());
    return requireNonNull(inspector.inspect(alone, host, List.of(driver)).get(row)).get(0);
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
