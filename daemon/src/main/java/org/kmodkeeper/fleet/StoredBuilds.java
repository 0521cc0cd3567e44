package org.kmodkeeper.fleet;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
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
   * @param last when the last of its builds from this source was made, for whichever kernel
   */
  record OfDriver(Driver driver, SourceIdentity source, Instant last, List<Artifact> artifacts) {}

  /**
   * What was found.
   *
   * @param refusals a line for each that is not to be used
   */
  record Found(List<OfDriver> drivers, List<String> refusals) {
    boolean has(DriverOnKernel cell) {
      return drivers.stream()
          .filter(one -> one.driver().name().equals(cell.driver()))
          .flatMap(one -> one.artifacts().stream())
          .anyMatch(artifact -> artifact.manifest().kernel().equals(cell.kernel()));
    }
  }

  /** The managed drivers that have a source, as the newest kernel has them. */
  static List<DriverState> drivers(HostState host, @Nullable String name) {
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
   */
  Found find(HostState host, @Nullable String name, Predicate<Kernel> wanted)
      throws IOException, InterruptedException {
    List<OfDriver> found = new ArrayList<>();
    List<String> refusals = new ArrayList<>();
    for (DriverState cell : drivers(host, name)) {
      Driver driver = Objects.requireNonNull(cell.observation().driver());
      SourceIdentity source = SourceIdentity.of(paths, driver, cell.observation().policy().make());
      Instant last = Instant.EPOCH;
      List<Artifact> artifacts = new ArrayList<>();
      for (ArtifactStore.Entry entry : store.list()) {
        if (isOf(entry.directory(), driver)) {
          @Nullable Artifact artifact = entry.artifact();
          Kernel kernel = kernel(entry.directory());
          Optional<String> refusal =
              artifact == null
                  ? Optional.ofNullable(entry.trouble())
                  : isFrom(source, artifact.manifest())
                      ? selection.refusal(artifact, driver, source)
                      : Optional.empty();
          if (refusal.isPresent()) {
            if (wanted.test(kernel)) {
              refusals.add(line(kernel, driver, refusal.get()));
            }
          } else if (artifact != null && isFrom(source, artifact.manifest())) {
            Instant made = artifact.manifest().made().truncatedTo(ChronoUnit.SECONDS);
            last = made.isAfter(last) ? made : last;
            if (wanted.test(kernel)) {
              artifacts.add(artifact);
            }
          }
        }
      }
      artifacts.sort(Comparator.comparing(artifact -> artifact.manifest().kernel()));
      found.add(new OfDriver(driver, source, last, List.copyOf(artifacts)));
    }
    return new Found(found, refusals);
  }

  private static String line(Kernel kernel, Driver driver, String refusal) {
    return DriverLine.subject(kernel.release(), driver.name(), driver.version())
        + ": the stored build is not used: "
        + refusal
        + "; kmodkeeper rebuild makes another";
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
