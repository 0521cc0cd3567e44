package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.DiskFailure;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.Trace;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.tools.Initramfs;
import org.kmodkeeper.tools.Kmod;
import org.kmodkeeper.tools.KmodSettings;

/** Looks at all drivers on several kernels; modprobe is asked in one run. */
final class RowInspector {
  /** What modprobe reads to answer, beside its configuration. */
  private static final List<String> INDEXES =
      List.of("dep.bin", "alias.bin", "builtin.bin", "softdep");

  private final HostPaths paths;
  private final Kmod kmod;
  private final KernelInspector kernels;
  private final ModuleInspector modules;
  private final FitInspector fits;
  private final Initramfs initramfs;
  private final KmodSettings settings;
  private final CommandLines commandLines;

  RowInspector(
      HostPaths paths,
      Kmod kmod,
      KernelInspector kernels,
      ModuleInspector modules,
      FitInspector fits,
      Initramfs initramfs,
      CommandLines commandLines) {
    this.paths = paths;
    this.kmod = kmod;
    this.kernels = kernels;
    this.modules = modules;
    this.fits = fits;
    this.initramfs = initramfs;
    this.settings = new KmodSettings(paths);
    this.commandLines = commandLines;
  }

  /** What is to be looked at of kernels. */
  List<Row> rows(List<Kernel> wanted) throws IOException, InterruptedException {
    CommandLines.Now now = commandLines.look();
    return wanted.stream()
        .map(kernel -> new Row(kernel, kernels.access(kernel), now.of(kernel)))
        .toList();
  }

  /** What is known of a row before modprobe is asked. */
  private record Begun(
      Row row,
      Trace disk,
      KernelFacts facts,
      String digest,
      List<@Nullable Driver> drivers,
      Set<String> modules) {}

  /**
   * As many observations for each row as drivers, in the same order. What cannot be read of one
   * kernel is told by them, so that it does not hide the others.
   */
  Map<Row, List<Observation>> inspect(
      Map<Row, Trace> rows, HostFacts host, List<DriverFacts> wanted) throws InterruptedException {
    Map<Row, List<Observation>> seen = new HashMap<>();
    Map<Kernel, Begun> begun = new LinkedHashMap<>();
    for (Map.Entry<Row, Trace> one : rows.entrySet()) {
      try {
        begun.put(one.getKey().kernel(), begin(one.getKey(), one.getValue(), host, wanted));
      } catch (IOException unreadable) {
        seen.put(one.getKey(), unread(one.getKey(), one.getValue(), host, wanted, unreadable));
      }
    }
    Map<Kernel, String> said = ask(begun);
    for (Begun one : begun.values()) {
      List<Observation> observations;
      try {
        observations =
            finish(one, kmod.resolve(one.row().kernel(), one.modules(), said), host, wanted);
      } catch (IOException unreadable) {
        observations = unread(one.row(), one.disk(), host, wanted, unreadable);
      }
      seen.put(one.row(), observations);
    }
    return seen;
  }

  private Map<Kernel, String> ask(Map<Kernel, Begun> begun) throws InterruptedException {
    Map<Kernel, Set<String>> modules = new LinkedHashMap<>();
    begun.forEach((kernel, row) -> modules.put(kernel, row.modules()));
    try {
      return kmod.ask(modules);
    } catch (IOException cannotRun) {
      // Each kernel asks again for itself, and tells why.
      return Map.of();
    }
  }

  private List<Observation> unread(
      Row row, Trace disk, HostFacts host, List<DriverFacts> wanted, IOException unreadable) {
    disk.doubt();
    String why = DiskFailure.text(unreadable);
    return wanted.stream().map(one -> unread(row, disk, host, one, why)).toList();
  }

  private Observation unread(Row row, Trace disk, HostFacts host, DriverFacts wanted, String why) {
    Kernel kernel = row.kernel();
    @Nullable Driver driver = wanted.on(kernel);
    return new Observation(
        kernel,
        wanted.policy(),
        driver,
        wanted.excludedFrom(kernel),
        why,
        wanted.footprint(),
        List.of(),
        row.access(),
        kernels.headers(disk, kernel),
        host.missingTools(),
        wanted.dkms(),
        inputs(wanted, driver, host, why));
  }

  private Begun begin(Row row, Trace disk, HostFacts host, List<DriverFacts> wanted)
      throws IOException, InterruptedException {
    KernelFacts facts = kernels.inspect(disk, host, row.kernel(), row.access());
    List<@Nullable Driver> drivers = new ArrayList<>();
    Set<String> modules = new LinkedHashSet<>();
    for (DriverFacts one : wanted) {
      @Nullable Driver driver = one.on(row.kernel());
      drivers.add(driver);
      if (driver != null) {
        modules.addAll(driver.modules());
      }
    }
    noteWhatModprobeReads(disk, row.kernel());
    return new Begun(row, disk, facts, kernels.digest(disk, facts), drivers, modules);
  }

  private void noteWhatModprobeReads(Trace disk, Kernel kernel) throws IOException {
    for (String index : INDEXES) {
      disk.identity(paths.tree(kernel).resolve("modules." + index));
    }
    for (Path directory : paths.modprobeConfiguration()) {
      for (Path file : disk.list(directory)) {
        disk.identity(file);
      }
    }
  }

  private List<Observation> finish(
      Begun row, Map<String, Kmod.Resolved> resolved, HostFacts host, List<DriverFacts> wanted)
      throws IOException, InterruptedException {
    Trace disk = row.disk();
    KernelFacts facts = row.facts();
    List<List<Path>> chains =
        resolved.values().stream()
            .map(Kmod.Resolved::chain)
            .filter(chain -> !chain.isEmpty())
            .toList();
    Map<Path, Fit> fitting = fits.compare(disk, facts, chains);
    List<Observation> observations = new ArrayList<>();
    for (int at = 0; at < wanted.size(); at++) {
      DriverFacts one = wanted.get(at);
      @Nullable Driver driver = row.drivers().get(at);
      observations.add(
          new Observation(
              facts.kernel(),
              one.policy(),
              driver,
              one.excludedFrom(facts.kernel()),
              one.unreadable(),
              one.footprint(),
              driver == null ? List.of() : modules(row, driver, resolved, fitting),
              facts.access(),
              facts.headers(),
              host.missingTools(),
              one.dkms(),
              inputs(one, driver, host, row.digest())));
    }
    return observations;
  }

  private List<Observation.Module> modules(
      Begun row, Driver driver, Map<String, Kmod.Resolved> resolved, Map<Path, Fit> fitting)
      throws IOException, InterruptedException {
    Trace disk = row.disk();
    KernelFacts facts = row.facts();
    CommandLines.Blacklists blacklists = row.row().blacklists();
    List<Observation.Module> seen = new ArrayList<>();
    for (String name : driver.modules()) {
      Kmod.Resolved how = booted(name, Objects.requireNonNull(resolved.get(name)), blacklists);
      Observation.Module module = modules.inspect(disk, facts, driver, name, how);
      @Nullable Path file = how.file();
      @Nullable String refusal =
          module.resolved() == null ? null : blacklists.trouble(name, how.chain()).orElse(null);
      seen.add(
          new Observation.Module(
              name,
              refusal == null ? module.resolution() : Resolution.BLACKLISTED,
              module.resolved(),
              file == null ? null : fitting.get(file),
              initramfs(disk, facts.kernel(), module),
              module.ours(),
              refusal == null ? module.trouble() : refusal));
    }
    return seen;
  }

  /** What modprobe would do with the module if it were asked on that kernel. */
  private Kmod.Resolved booted(String module, Kmod.Resolved now, CommandLines.Blacklists blacklists)
      throws IOException {
    return now.resolution() == Resolution.BLACKLISTED
            && blacklists.mislead(module)
            && !settings.blacklists(module)
        ? new Kmod.Resolved(Resolution.FILE, now.chain(), now.complaint())
        : now;
  }

  /** It is the copy of ours that matters: a build comes first, and then asks again. */
  private @Nullable InitramfsCopy initramfs(Trace disk, Kernel kernel, Observation.Module module)
      throws IOException, InterruptedException {
    ModuleFile ours = module.ours();
    return ours != null && ours.equals(module.resolved())
        ? initramfs.copy(disk, kernel, module.name(), ours.path())
        : null;
  }

  private static String inputs(
      DriverFacts wanted, @Nullable Driver driver, HostFacts host, String kernel) {
    String inputs =
        new InputDigest()
            .add(wanted.policy())
            .add(driver)
            .add(wanted.dkms())
            .add(host.digest())
            .add(kernel)
            .add(wanted.digest())
            .text();
    return InputDigest.signedBy(inputs, host.key());
  }
}
