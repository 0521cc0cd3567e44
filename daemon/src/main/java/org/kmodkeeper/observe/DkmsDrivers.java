package org.kmodkeeper.observe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.DriverSources.Source;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.process.ParallelTasks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drivers that are registered with dkms and set to be installed by themselves.
 *
 * <p>One whose dkms.conf cannot be read is taken for one of them if it is installed for any kernel,
 * or if its files mention AUTOINSTALL: a driver in use must not go unnoticed for a file that was
 * damaged. Without the program dkms, or without their source, those are kept that are installed for
 * any kernel.
 */
final class DkmsDrivers {
  private static final Logger log = LoggerFactory.getLogger(DkmsDrivers.class);

  private final HostPaths paths;
  private final Dkms dkms;
  private final DkmsConfs confs;
  private final InstallReceipts receipts;
  private final Heartbeat heartbeat;

  DkmsDrivers(HostPaths paths, Dkms dkms, DkmsConfs confs, Heartbeat heartbeat) {
    this.paths = paths;
    this.dkms = dkms;
    this.confs = confs;
    this.heartbeat = heartbeat;
    this.receipts = new InstallReceipts(paths);
  }

  /** Adds them to the configured ones; each driver stands after those that it depends on. */
  List<Policy> addTo(List<Kernel> kernels, List<Policy> configured, List<Remedy> remedies)
      throws IOException, InterruptedException {
    if (kernels.isEmpty()) {
      return configured;
    }
    Map<String, Policy> policies = new HashMap<>();
    List<String> order = new ArrayList<>();
    for (Policy policy : configured) {
      policies.put(policy.name(), policy);
      order.add(policy.name());
    }
    Map<String, List<String>> depends = new HashMap<>();
    List<String> registered = new ArrayList<>();
    Map<String, Source> sources = dkms.newest();
    confs.readAhead(kernels, sources);
    for (Registered one :
        ParallelTasks.each(
            List.copyOf(sources.entrySet()),
            driver -> read(kernels, driver.getKey(), driver.getValue()),
            heartbeat::beat)) {
      depends.put(one.name(), one.depends());
      if (one.kept()) {
        registered.add(one.name());
      }
    }
    registered.addAll(dkms.withoutSource(kernels));
    for (String name : registered) {
      if (!policies.containsKey(name)) {
        policies.put(name, Policy.found(name, Policy.Origin.DKMS, remedies));
        order.add(name);
      }
    }
    List<Policy> sorted = new ArrayList<>();
    Set<String> placed = new HashSet<>();
    order.forEach(name -> place(name, policies, depends, placed, sorted));
    return sorted;
  }

  private record Registered(String name, boolean kept, List<String> depends) {}

  private Registered read(List<Kernel> kernels, String name, Source source)
      throws IOException, InterruptedException {
    try {
      Map<String, DkmsConf> answers = confs.of(kernels, name, source);
      DkmsConf conf = requireNonNull(answers.get(kernels.get(0).release()));
      return new Registered(name, isKept(name, conf), conf.depends());
    } catch (IOException unreadable) {
      return new Registered(name, isKept(name, source, unreadable), List.of());
    }
  }

  private boolean isKept(String name, DkmsConf conf) throws IOException {
    return conf.autoinstall() && (dkms.isInstalled() || isInUse(name));
  }

  private boolean isKept(String name, Source source, IOException unreadable) throws IOException {
    if (isInUse(name) || (dkms.isInstalled() && mentionsAutoinstall(name, source))) {
      return true;
    }
    log.warn(
        "driver {}: cannot read its dkms.conf, not managing it: {}",
        name,
        IoErrors.text(unreadable));
    return false;
  }

  /** Whether dkms or we have installed it for any kernel. */
  private boolean isInUse(String name) throws IOException {
    return dkms.recordsInstalled(name) || receipts.anyOf(name);
  }

  /** Whether AUTOINSTALL is in its dkms.conf or in what overrides that, read as plain text. */
  private boolean mentionsAutoinstall(String name, Source source) {
    try {
      List<Path> files = new ArrayList<>(List.of(source.directory().resolve("dkms.conf")));
      for (Path override : DirectoryListing.of(paths.dkmsConfiguration())) {
        String file = override.getFileName().toString();
        if (file.equals(name + ".conf") || file.startsWith(name + "-")) {
          files.add(override);
        }
      }
      for (Path file : files) {
        if (Files.exists(file) && Files.readString(file, ISO_8859_1).contains("AUTOINSTALL")) {
          return true;
        }
      }
      return false;
    } catch (IOException unreadable) {
      return true;
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
