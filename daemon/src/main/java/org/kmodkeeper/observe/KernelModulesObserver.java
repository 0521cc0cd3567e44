package org.kmodkeeper.observe;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.FileDependentCache;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModprobeConfig;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.Resolution;

/** Looks at all drivers on one kernel. */
final class KernelModulesObserver {
  /** What modprobe reads to answer, beside its configuration. */
  private static final List<String> INDEXES =
      List.of("dep.bin", "alias.bin", "builtin.bin", "softdep");

  private static final int MAX_KERNELS = 1024;

  private final HostPaths paths;
  private final Kmod kmod;
  private final KernelInspector kernels;
  private final ModuleInspector modules;
  private final FitInspector fits;
  private final Initramfs initramfs;
  private final ModprobeConfig settings;
  private final CommandLines commandLines;
  private final FileDependentCache<Question, Map<String, Kmod.Resolved>> resolved;
  private final FileDependentCache<Comparison, Map<Path, Fit>> compared;

  /** What modprobe is asked. */
  private record Question(Kernel kernel, Set<String> modules) {}

  /** What is compared with a kernel: for each module the files that modprobe would load. */
  private record Comparison(KernelFacts facts, List<List<Path>> chains) {}

  KernelModulesObserver(
      HostPaths paths,
      Kmod kmod,
      KernelInspector kernels,
      ModuleInspector modules,
      FitInspector fits,
      Initramfs initramfs,
      CommandLines commandLines,
      Clock clock) {
    this.paths = paths;
    this.kmod = kmod;
    this.kernels = kernels;
    this.modules = modules;
    this.fits = fits;
    this.initramfs = initramfs;
    this.settings = new ModprobeConfig(paths);
    this.commandLines = commandLines;
    this.resolved = new FileDependentCache<>(MAX_KERNELS, clock);
    this.compared = new FileDependentCache<>(MAX_KERNELS, clock);
  }

  /** What is to be looked at of kernels. */
  List<Row> rows(List<Kernel> wanted) throws IOException, InterruptedException {
    CommandLines.Now now = commandLines.look();
    return wanted.stream()
        .map(kernel -> new Row(kernel, kernels.access(kernel), now.of(kernel)))
        .toList();
  }

  /**
   * As many observations as drivers, in the same order. What cannot be read of one kernel is told
   * by them, so that it does not hide the others.
   */
  List<Observation> inspect(Row row, HostFacts host, List<DriverFacts> wanted)
      throws InterruptedException {
    try {
      return read(row, host, wanted);
    } catch (IOException unreadable) {
      return unread(row, host, wanted, unreadable);
    }
  }

  private List<Observation> unread(
      Row row, HostFacts host, List<DriverFacts> wanted, IOException unreadable) {
    String why = IoErrors.text(unreadable);
    return wanted.stream().map(one -> unread(row, host, one, why)).toList();
  }

  private Observation unread(Row row, HostFacts host, DriverFacts wanted, String why) {
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
        kernels.headers(kernel),
        host.missingTools(),
        wanted.dkms(),
        inputs(wanted, driver, host, why));
  }

  private Map<String, Kmod.Resolved> resolve(Kernel kernel, Set<String> modules)
      throws IOException, InterruptedException {
    List<Path> reads = new ArrayList<>();
    for (String index : INDEXES) {
      reads.add(paths.tree(kernel).resolve("modules." + index));
    }
    for (Path directory : paths.modprobeConfiguration()) {
      reads.add(directory);
      reads.addAll(DirectoryListing.of(directory));
    }
    return resolved.get(new Question(kernel, modules), reads, () -> kmod.resolve(kernel, modules));
  }

  private List<Observation> read(Row row, HostFacts host, List<DriverFacts> wanted)
      throws IOException, InterruptedException {
    KernelFacts facts = kernels.inspect(host, row.kernel(), row.access());
    String digest = kernels.digest(facts);
    Set<String> names = new LinkedHashSet<>();
    for (DriverFacts one : wanted) {
      @Nullable Driver driver = one.on(row.kernel());
      if (driver != null) {
        names.addAll(driver.modules());
      }
    }
    Map<String, Kmod.Resolved> resolved = resolve(row.kernel(), names);
    initramfs.expect(names);
    List<List<Path>> chains =
        resolved.values().stream()
            .map(Kmod.Resolved::chain)
            .filter(chain -> !chain.isEmpty())
            .toList();
    Map<Path, Fit> fitting =
        compared.get(
            new Comparison(facts, chains),
            fits.reads(facts, chains),
            () -> fits.compare(facts, chains));
    List<Observation> observations = new ArrayList<>();
    for (DriverFacts one : wanted) {
      @Nullable Driver driver = one.on(row.kernel());
      observations.add(
          new Observation(
              facts.kernel(),
              one.policy(),
              driver,
              one.excludedFrom(facts.kernel()),
              one.unreadable(),
              one.footprint(),
              driver == null ? List.of() : modules(row, facts, driver, resolved, fitting),
              facts.access(),
              facts.headers(),
              host.missingTools(),
              one.dkms(),
              inputs(one, driver, host, digest)));
    }
    return observations;
  }

  private List<Observation.Module> modules(
      Row row,
      KernelFacts facts,
      Driver driver,
      Map<String, Kmod.Resolved> resolved,
      Map<Path, Fit> fitting)
      throws IOException, InterruptedException {
    CommandLines.Blacklists blacklists = row.blacklists();
    List<Observation.Module> seen = new ArrayList<>();
    for (String name : driver.modules()) {
      Kmod.Resolved how = booted(name, Objects.requireNonNull(resolved.get(name)), blacklists);
      Observation.Module module = modules.inspect(facts, driver, name, how);
      @Nullable Path file = how.file();
      @Nullable String refusal =
          module.resolved() == null ? null : blacklists.trouble(name, how.chain()).orElse(null);
      seen.add(
          new Observation.Module(
              name,
              refusal == null ? module.resolution() : Resolution.BLACKLISTED,
              module.resolved(),
              file == null ? null : fitting.get(file),
              initramfs(facts.kernel(), module),
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
  private @Nullable InitramfsCopy initramfs(Kernel kernel, Observation.Module module)
      throws IOException, InterruptedException {
    ModuleFile ours = module.ours();
    return ours != null && ours.equals(module.resolved())
        ? initramfs.copy(kernel, module.name(), ours.path())
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
