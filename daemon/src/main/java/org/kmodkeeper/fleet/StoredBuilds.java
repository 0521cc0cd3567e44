package org.kmodkeeper.fleet;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.fleet.Publication.Refusal;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy.Reuse;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.remedy.ArtifactSelection;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.Manifest;

/** What the store has of the managed drivers, built from their sources as they are now. */
final class StoredBuilds {
  private final HostPaths paths;
  private final ArtifactStore store;
  private final ArtifactSelection selection;

  StoredBuilds(HostPaths paths, Kmod kmod) {
    this.paths = paths;
    this.store = new ArtifactStore(paths);
    this.selection = new ArtifactSelection(store, kmod);
  }

  /**
   * What is stored of one driver.
   *
   * @param all its builds from this source, for whichever kernels
   * @param builds the one to use for each kernel that is wanted and has one
   */
  record OfDriver(
      Driver driver,
      SourceIdentity source,
      List<Artifact> all,
      SortedMap<Kernel, Artifact> builds) {
    /** When the last of its builds was made. */
    Instant last() {
      return all.stream()
          .map(artifact -> artifact.manifest().made().truncatedTo(ChronoUnit.SECONDS))
          .max(Comparator.naturalOrder())
          .orElse(Instant.EPOCH);
    }
  }

  /**
   * What was found.
   *
   * @param refusals those that are not to be used
   */
  record Found(List<OfDriver> drivers, List<Refusal> refusals) {
    boolean has(DriverOnKernel cell) {
      return drivers.stream()
          .filter(one -> one.driver().name().equals(cell.driver()))
          .anyMatch(one -> one.builds().containsKey(cell.kernel()));
    }
  }

  /** The managed drivers that have a source, as the newest kernel has them. */
  private static List<DriverState> drivers(HostState host, @Nullable String name) {
    return host.kernels().stream()
        .limit(1)
        .flatMap(row -> row.drivers().stream())
        .filter(cell -> cell.observation().driver() != null)
        .filter(cell -> name == null || cell.observation().policy().name().equals(name))
        .toList();
  }

  /**
   * Looks through the store.
   *
   * @param name of a driver, or null for all
   * @param fitting builds for other kernels that were found to fit
   */
  Found find(
      HostState host,
      @Nullable String name,
      Predicate<Kernel> wanted,
      Map<DriverOnKernel, Artifact> fitting)
      throws IOException, InterruptedException {
    List<OfDriver> found = new ArrayList<>();
    List<Refusal> refusals = new ArrayList<>();
    for (DriverState cell : drivers(host, name)) {
      Driver driver = Objects.requireNonNull(cell.observation().driver());
      SourceIdentity source = SourceIdentity.of(paths, driver, cell.observation().policy().make());
      List<Artifact> all = new ArrayList<>();
      for (ArtifactStore.Entry entry : store.list()) {
        @Nullable Artifact artifact = entry.artifact();
        if (isOf(entry.directory(), driver)
            && (artifact == null || isFrom(source, artifact.manifest()))) {
          Optional<String> refusal =
              artifact == null
                  ? Optional.ofNullable(entry.trouble())
                  : selection.refusal(artifact, driver, source);
          if (refusal.isEmpty() && artifact != null) {
            all.add(artifact);
          } else if (wanted.test(kernel(entry.directory()))) {
            refusals.add(refusal(kernel(entry.directory()), driver, refusal.orElse("")));
          }
        }
      }
      SortedMap<Kernel, Artifact> builds = new TreeMap<>();
      fitting.forEach(
          (of, artifact) -> {
            if (of.driver().equals(driver.name()) && all.contains(artifact)) {
              builds.put(of.kernel(), artifact);
            }
          });
      all.forEach(artifact -> builds.put(artifact.manifest().kernel(), artifact));
      builds.keySet().removeIf(wanted.negate());
      found.add(new OfDriver(driver, source, List.copyOf(all), builds));
    }
    return new Found(found, refusals);
  }

  /** The builds for other kernels by which drivers are ready on installed ones. */
  Map<DriverOnKernel, Artifact> reused(HostState host) throws IOException {
    Map<DriverOnKernel, Artifact> reused = new HashMap<>();
    for (DriverState cell : host.cells().toList()) {
      Observation seen = cell.observation();
      if (cell.finding().verdict() == Verdict.READY && seen.policy().reuse() != Reuse.NO) {
        for (Artifact artifact : store.of(Objects.requireNonNull(seen.driver()))) {
          if (hasModulesOf(seen, artifact.manifest())) {
            reused.put(DriverOnKernel.of(cell), artifact);
          }
        }
      }
    }
    return reused;
  }

  private static boolean hasModulesOf(Observation seen, Manifest manifest) throws IOException {
    for (Observation.Module module : seen.modules()) {
      Path file = Objects.requireNonNull(module.resolved()).path();
      if (!manifest.has(module.name(), Sha256.of(file))) {
        return false;
      }
    }
    return true;
  }

  private static Refusal refusal(Kernel kernel, Driver driver, String why) {
    return Refusal.of(
        DriverLine.subject(kernel.release(), driver.name(), driver.version())
            + ": the stored build is not used: "
            + why
            + "; kmodkeeper rebuild makes another");
  }

  private static boolean isOf(Path place, Driver driver) {
    return Objects.requireNonNull(place.getParent())
            .endsWith(driver.name() + "-" + driver.version())
        && Kernel.isRelease(place.getFileName().toString());
  }

  private static Kernel kernel(Path place) {
    return new Kernel(place.getFileName().toString());
  }

  private static boolean isFrom(SourceIdentity source, Manifest manifest) {
    return manifest.source().equals(source.source()) && manifest.recipe().equals(source.recipe());
  }
}
