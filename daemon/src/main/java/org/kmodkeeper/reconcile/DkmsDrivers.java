package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.DriverSources;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.tools.Dkms;
import org.kmodkeeper.tools.DkmsConf;
import org.kmodkeeper.tools.DkmsConf.Autoinstall;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The drivers that are registered with dkms and set to be installed by themselves. */
final class DkmsDrivers {
  private static final Logger log = LoggerFactory.getLogger(DkmsDrivers.class);

  private final Dkms dkms;
  private final DkmsConfs confs;
  private final KernelInventory inventory;

  DkmsDrivers(Dkms dkms, DkmsConfs confs, KernelInventory inventory) {
    this.dkms = dkms;
    this.confs = confs;
    this.inventory = inventory;
  }

  /** Adds them to the configured ones; each driver stands after those that it depends on. */
  List<Policy> addTo(List<Policy> configured, List<Remedy> remedies)
      throws IOException, InterruptedException {
    List<Kernel> kernels = inventory.installed();
    if (kernels.isEmpty() || !dkms.isInstalled()) {
      return configured;
    }
    Map<String, Policy> policies = new HashMap<>();
    List<String> order = new ArrayList<>();
    for (Policy policy : configured) {
      policies.put(policy.name(), policy);
      order.add(policy.name());
    }
    Map<String, List<String>> depends = new HashMap<>();
    for (String name : dkms.registered()) {
      Optional<DkmsConf> conf = conf(name, kernels.get(0));
      conf.ifPresent(known -> depends.put(name, known.depends()));
      boolean wanted = conf.isPresent() && conf.get().autoinstall() == Autoinstall.YES;
      if (wanted && !policies.containsKey(name)) {
        policies.put(name, Policy.ofDkms(name, remedies));
        order.add(name);
      }
    }
    List<Policy> sorted = new ArrayList<>();
    Set<String> placed = new HashSet<>();
    order.forEach(name -> place(name, policies, depends, placed, sorted));
    return sorted;
  }

  private Optional<DkmsConf> conf(String name, Kernel kernel)
      throws InterruptedException, IOException {
    Optional<DriverSources.Source> source = dkms.newest(name);
    if (source.isEmpty()) {
      return Optional.empty();
    }
    var driver = new Driver(name, source.get().version(), source.get().directory(), List.of(name));
    try {
      return Optional.of(confs.of(driver, kernel));
    } catch (IOException unreadable) {
      log.warn("driver {}: dkms.conf is of no use, ignoring: {}", name, unreadable.getMessage());
      return Optional.empty();
    }
  }

  /** Depth first; a name that is placed already, or a circle, ends the descent. */
  private static void place(
      String name,
      Map<String, Policy> policies,
      Map<String, List<String>> depends,
      Set<String> placed,
      List<Policy> sorted) {
    @Nullable Policy policy = policies.get(name);
    if (policy == null || !placed.add(name)) {
      return;
    }
    depends
        .getOrDefault(name, List.of())
        .forEach(needed -> place(needed, policies, depends, placed, sorted));
    sorted.add(policy);
  }
}
