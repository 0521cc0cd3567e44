package org.kmodkeeper.observe;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState.Presence;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.process.ParallelTasks;

/** One look at the disk; what several cells of the table share is read once. */
public final class HostSnapshot {
  private final List<Kernel> installed;
  private final Optional<Kernel> running;
  private final DkmsDrivers registered;
  private final HostInspector host;
  private final DriverInspector drivers;
  private final KernelModulesObserver rows;
  private final Heartbeat heartbeat;

  HostSnapshot(
      List<Kernel> installed,
      Optional<Kernel> running,
      DkmsDrivers registered,
      HostInspector host,
      DriverInspector drivers,
      KernelModulesObserver rows,
      Heartbeat heartbeat) {
    this.installed = List.copyOf(installed);
    this.running = running;
    this.registered = registered;
    this.host = host;
    this.drivers = drivers;
    this.rows = rows;
    this.heartbeat = heartbeat;
  }

  /** The installed kernels, newest first. */
  public List<Kernel> kernels() {
    return installed;
  }

  public Presence presence(Kernel kernel) {
    return running.equals(Optional.of(kernel)) ? Presence.RUNNING : Presence.INSTALLED;
  }

  /**
   * The drivers to keep: those that the operator configured, then those that dkms would install by
   * itself, each after the drivers that it depends on.
   */
  public List<Policy> policies(List<Policy> configured, List<Remedy> remedies)
      throws IOException, InterruptedException {
    return registered.addTo(installed, configured, remedies);
  }

  /** Looks at all drivers for these kernels; a row for each kernel, in the same order. */
  public List<List<Observation>> observe(List<Kernel> kernels, List<Policy> policies)
      throws IOException, InterruptedException {
    HostFacts shared = host.inspect();
    List<DriverFacts> wanted = drivers.inspect(including(kernels), policies);
    return ParallelTasks.each(
        rows.rows(kernels), row -> rows.inspect(row, shared, wanted), heartbeat::beat);
  }

  /** Looks at one driver for one kernel. */
  public Observation observe(Kernel kernel, Policy policy)
      throws IOException, InterruptedException {
    return observe(List.of(kernel), List.of(policy)).get(0).get(0);
  }

  /** A dkms.conf is asked for all kernels at once, and for one that is going away as well. */
  private List<Kernel> including(List<Kernel> kernels) {
    List<Kernel> all = new ArrayList<>(installed);
    kernels.stream().filter(kernel -> !all.contains(kernel)).forEach(all::add);
    return all;
  }
}
