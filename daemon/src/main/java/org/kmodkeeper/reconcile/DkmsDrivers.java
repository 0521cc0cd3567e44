package org.kmodkeeper.reconcile;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.DriverSources.Source;
import org.kmodkeeper.host.Trace;
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

  DkmsDrivers(Dkms dkms, DkmsConfs confs) {
    this.dkms = dkms;
    this.confs = confs;
  }

  /** Adds them to the configured ones; each driver stands after those that it depends on. */
  List<Policy> addTo(
      Trace disk, List<Kernel> kernels, List<Policy> configured, List<Remedy> remedies)
      throws IOException, InterruptedException {
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
    Map<String, Source> sources = dkms.registered(disk);
    Map<String, Map<String, DkmsConf>> known = confs.of(disk, kernels, sources);
    for (Map.Entry<String, Source> one : sources.entrySet()) {
      String name = one.getKey();
      Map<String, DkmsConf> answers =
          known.containsKey(name)
              ? requireNonNull(known.get(name))
              : alone(disk, kernels, name, one.getValue());
      Optional<DkmsConf> conf = Optional.ofNullable(answers.get(kernels.get(0).release()));
      conf.ifPresent(said -> depends.put(name, said.depends()));
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

  private Map<String, DkmsConf> alone(Trace disk, List<Kernel> kernels, String name, Source source)
      throws InterruptedException {
    try {
      return confs.of(disk, kernels, name, source);
    } catch (IOException unreadable) {
      log.warn("driver {}: dkms.conf is of no use, ignoring: {}", name, unreadable.getMessage());
      return Map.of();
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
