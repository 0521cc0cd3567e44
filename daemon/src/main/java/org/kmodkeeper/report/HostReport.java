package org.kmodkeeper.report;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.api.History;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.api.View;
import org.kmodkeeper.host.HostIdentity;
import org.kmodkeeper.varlink.VarlinkException;

/**
 * All that there is to know about a host's drivers at one time.
 *
 * @param explanations of all kernels and drivers, in the order of the status
 */
public record HostReport(
    HostIdentity host,
    Instant time,
    View.Provider source,
    Status status,
    List<Explanation> explanations,
    History history) {
  /** More than an auditor reads, and as much as there is. */
  private static final int MAX_ENTRIES = 2000;

  /** Reads all of it. */
  public static HostReport read(View view, HostIdentity host, Instant time)
      throws IOException, VarlinkException, InterruptedException {
    Status status = view.status();
    List<Explanation> explanations = new ArrayList<>();
    for (Status.KernelStatus kernel : status.kernels()) {
      if (!kernel.drivers().isEmpty()) {
        explanations.addAll(view.explain(kernel.release(), null));
      }
    }
    return new HostReport(
        host,
        time.truncatedTo(ChronoUnit.SECONDS),
        view.source(),
        status,
        explanations,
        view.history(new History.Request(null, null, MAX_ENTRIES)));
  }
}
