package org.kmodkeeper.preflight;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.SymbolComparison;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.reconcile.StatusReader;
import org.kmodkeeper.remedy.ArtifactSelection;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.Manifest;

/**
 * Says what will become of drivers on kernels that are not installed, from the store and from the
 * repositories' metadata alone.
 */
public final class Preflight {
  private final HostPaths paths;
  private final OfferedKernels repositories;
  private final KernelInventory inventory;
  private final StatusReader status;
  private final ArtifactSelection artifacts;
  private final ModuleReader reader = new ModuleReader();

  private Preflight(
      HostPaths paths,
      OfferedKernels repositories,
      KernelInventory inventory,
      StatusReader status,
      ArtifactSelection artifacts) {
    this.paths = paths;
    this.repositories = repositories;
    this.inventory = inventory;
    this.status = status;
    this.artifacts = artifacts;
  }

  public static Preflight open(
      HostPaths paths, CommandRunner runner, Settings settings, Clock clock) throws IOException {
    return new Preflight(
        paths,
        new OfferedKernels(new PackageManager(paths, runner)),
        new KernelInventory(paths),
        StatusReader.open(paths, runner, settings, clock),
        new ArtifactSelection(new ArtifactStore(paths), new Kmod(paths, runner)));
  }

  /**
   * What will become of one driver on one kernel.
   *
   * @param verdict {@code ready}: a stored build fits; {@code missing}: none does, so one will be
   *     made when the kernel arrives; {@code unknown}: its packages do not tell
   * @param detail one line: why
   */
  public record Answer(
      Kernel kernel, String driver, String version, Verdict verdict, String detail) {}

  /**
   * The kernels that are offered, newest first.
   *
   * @param release of one of them, or null for all that are not installed and newer than the
   *     running one, if that is installed
   */
  public List<OfferedKernel> offered(@Nullable String release)
      throws IOException, InterruptedException {
    List<Kernel> installed = inventory.installed();
    // In a container the running kernel is the host's, and says nothing.
    @Nullable Kernel running = inventory.running().filter(installed::contains).orElse(null);
    return repositories.list(
        kernel ->
            release == null
                ? !installed.contains(kernel) && (running == null || kernel.compareTo(running) > 0)
                : kernel.release().equals(release));
  }

  /**
   * The drivers that have a source, as they are on the newest kernel that is installed.
   *
   * @param name of one of them, or null for all
   */
  public List<DriverState> drivers(@Nullable String name) throws IOException, InterruptedException {
    return status.look().kernels().stream()
        .limit(1)
        .flatMap(row -> row.drivers().stream())
        .filter(cell -> cell.observation().driver() != null)
        .filter(cell -> name == null || cell.observation().policy().name().equals(name))
        .toList();
  }

  /** Answers for one driver and one kernel. */
  public Answer answer(OfferedKernel offered, DriverState cell)
      throws IOException, InterruptedException {
    Driver driver = Objects.requireNonNull(cell.observation().driver());
    Policy policy = cell.observation().policy();
    if (offered.symbols().isEmpty()) {
      return answer(
          offered,
          driver,
          Verdict.UNKNOWN,
          "the kernel's packages do not say which symbols they provide");
    }
    SourceIdentity source = SourceIdentity.of(paths, driver, policy.make());
    List<String> refusals = new ArrayList<>();
    for (Artifact artifact : artifacts.candidates(driver, offered.kernel(), policy.reuse())) {
      Manifest manifest = artifact.manifest();
      Optional<String> refusal = artifacts.refusal(artifact, driver, source);
      if (refusal.isEmpty()) {
        Comparison compared = compare(artifact, driver, offered);
        if (compared.differences().isEmpty()) {
          return answer(
              offered,
              driver,
              Verdict.READY,
              manifest.origin() + ", CRCs compared: " + compared.symbols());
        }
        refusal = Optional.of(compared.differences().get(0));
      }
      refusals.add("the build for " + manifest.kernel() + " does not fit: " + refusal.get());
    }
    return answer(
        offered,
        driver,
        Verdict.MISSING,
        (refusals.isEmpty() ? "no build that could fit is stored" : refusals.get(0))
            + "; it will be built when the kernel is installed");
  }

  private static Answer answer(
      OfferedKernel offered, Driver driver, Verdict verdict, String detail) {
    return new Answer(offered.kernel(), driver.name(), driver.version(), verdict, detail);
  }

  private record Comparison(int symbols, List<String> differences) {}

  /** Compares each symbol that the modules do not give each other. */
  private Comparison compare(Artifact artifact, Driver driver, OfferedKernel offered)
      throws IOException, InterruptedException {
    List<ModuleContent.Symbol> needed = new ArrayList<>();
    Set<String> own = new HashSet<>();
    for (Manifest.Module module : artifact.manifest().modules()) {
      if (driver.modules().contains(module.name())) {
        ModuleContent content = read(artifact, module);
        needed.addAll(content.needs());
        own.addAll(content.exports().keySet());
      }
    }
    needed.removeIf(symbol -> own.contains(symbol.name()));
    return new Comparison(needed.size(), SymbolComparison.differences(needed, offered.symbols()));
  }

  private ModuleContent read(Artifact artifact, Manifest.Module module)
      throws IOException, InterruptedException {
    try {
      return reader.read(artifact.file(module));
    } catch (DamagedModuleException changing) {
      throw new IOException(artifact.file(module) + " " + changing.getMessage(), changing);
    }
  }
}
