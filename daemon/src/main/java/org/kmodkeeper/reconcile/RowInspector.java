package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.kmodkeeper.model.Observation.Access;
import org.kmodkeeper.tools.Initramfs;
import org.kmodkeeper.tools.Kmod;

/** Looks at all drivers on one kernel; modprobe is asked once. */
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

  RowInspector(
      HostPaths paths,
      Kmod kmod,
      KernelInspector kernels,
      ModuleInspector modules,
      FitInspector fits,
      Initramfs initramfs) {
    this.paths = paths;
    this.kmod = kmod;
    this.kernels = kernels;
    this.modules = modules;
    this.fits = fits;
    this.initramfs = initramfs;
  }

  /** Whether the kernel's tree can be changed. */
  Access access(Kernel kernel) {
    return kernels.access(kernel);
  }

  /**
   * As many observations as drivers, in the same order. What cannot be read of one kernel is told
   * by them, so that it does not hide the others.
   */
  List<Observation> inspect(
      Trace disk, HostFacts host, Kernel kernel, Access access, List<DriverFacts> wanted)
      throws InterruptedException {
    try {
      return read(disk, host, kernel, access, wanted);
    } catch (IOException unreadable) {
      disk.doubt();
      String why = DiskFailure.text(unreadable);
      return wanted.stream().map(one -> unread(disk, host, kernel, access, one, why)).toList();
    }
  }

  private Observation unread(
      Trace disk, HostFacts host, Kernel kernel, Access access, DriverFacts wanted, String why) {
    @Nullable Driver driver = wanted.on(kernel);
    return new Observation(
        kernel,
        wanted.policy(),
        driver,
        wanted.excludedFrom(kernel),
        why,
        wanted.footprint(),
        List.of(),
        access,
        kernels.headers(disk, kernel),
        host.missingTools(),
        wanted.dkms(),
        inputs(wanted, driver, host, why));
  }

  private List<Observation> read(
      Trace disk, HostFacts host, Kernel kernel, Access access, List<DriverFacts> wanted)
      throws IOException, InterruptedException {
    KernelFacts facts = kernels.inspect(disk, host, kernel, access);
    String digest = kernels.digest(disk, facts);
    List<@Nullable Driver> drivers = new ArrayList<>();
    var names = new LinkedHashSet<String>();
    for (DriverFacts one : wanted) {
      @Nullable Driver driver = one.on(kernel);
      drivers.add(driver);
      if (driver != null) {
        names.addAll(driver.modules());
      }
    }
    Map<String, Kmod.Resolved> resolved = resolve(disk, kernel, names);
    List<List<Path>> chains =
        resolved.values().stream()
            .map(Kmod.Resolved::chain)
            .filter(chain -> !chain.isEmpty())
            .toList();
    Map<Path, Fit> fitting = fits.compare(disk, facts, chains);
    List<Observation> observations = new ArrayList<>();
    for (int at = 0; at < wanted.size(); at++) {
      DriverFacts one = wanted.get(at);
      @Nullable Driver driver = drivers.get(at);
      observations.add(
          new Observation(
              kernel,
              one.policy(),
              driver,
              one.excludedFrom(kernel),
              one.unreadable(),
              one.footprint(),
              driver == null ? List.of() : modules(disk, facts, driver, resolved, fitting),
              facts.access(),
              facts.headers(),
              host.missingTools(),
              one.dkms(),
              inputs(one, driver, host, digest)));
    }
    return observations;
  }

  /** What modprobe would do with each of the modules. */
  private Map<String, Kmod.Resolved> resolve(Trace disk, Kernel kernel, Set<String> names)
      throws IOException, InterruptedException {
    if (names.isEmpty()) {
      return Map.of();
    }
    for (String index : INDEXES) {
      disk.identity(paths.tree(kernel).resolve("modules." + index));
    }
    for (Path directory : paths.modprobeConfiguration()) {
      for (Path file : disk.list(directory)) {
        disk.identity(file);
      }
    }
    return kmod.resolve(kernel, names);
  }

  private List<Observation.Module> modules(
      Trace disk,
      KernelFacts facts,
      Driver driver,
      Map<String, Kmod.Resolved> resolved,
      Map<Path, Fit> fitting)
      throws IOException, InterruptedException {
    List<Observation.Module> seen = new ArrayList<>();
    for (String name : driver.modules()) {
      Kmod.Resolved how = Objects.requireNonNull(resolved.get(name));
      Observation.Module module = modules.inspect(disk, facts, driver, name, how);
      @Nullable Path file = how.file();
      seen.add(
          new Observation.Module(
              name,
              module.resolution(),
              module.resolved(),
              file == null ? null : fitting.get(file),
              initramfs(disk, facts.kernel(), module),
              module.ours(),
              module.trouble()));
    }
    return seen;
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
    return new InputDigest()
        .add(wanted.policy())
        .add(driver)
        .add(wanted.dkms())
        .add(host.digest())
        .add(kernel)
        .add(wanted.digest())
        .text();
  }
}
