package org.kmodkeeper.fleet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;

/** Which packages of a repository can go. */
final class PackageRetention {
  private static final String ENDING = ".json";

  private static final Comparator<Ours> NEWEST_FIRST =
      Comparator.comparing((Ours one) -> one.rpm().release(), Kernel.VERSION_ORDER).reversed();

  private final String manifests;
  private final String drivers;

  PackageRetention(HostPaths paths) {
    this.drivers = "/" + paths.root().relativize(paths.packagedDrivers()) + "/";
    this.manifests = drivers.replaceFirst("drivers/$", "modules/");
  }

  /**
   * A package of ours.
   *
   * @param kernel null for the package that those for kernels share
   */
  private record Ours(Rpm.RpmFile rpm, String driver, @Nullable String kernel) {}

  /**
   * Those that are neither the newest for a kernel that is needed, nor of the last others.
   *
   * @param driver that they are of, or null for all
   * @param keep how many others of each driver stay
   */
  Set<Path> superfluous(
      List<Rpm.RpmFile> packages, @Nullable String driver, Set<Kernel> needed, int keep) {
    Map<String, List<Ours>> byDriver = new TreeMap<>();
    for (Rpm.RpmFile one : packages) {
      Optional<Ours> ours = ours(one).filter(it -> driver == null || it.driver().equals(driver));
      ours.ifPresent(it -> byDriver.computeIfAbsent(it.driver(), add -> new ArrayList<>()).add(it));
    }
    Set<Path> superfluous = new HashSet<>();
    for (List<Ours> ofDriver : byDriver.values()) {
      ofDriver.sort(NEWEST_FIRST);
      Set<String> kernels = new HashSet<>();
      Set<String> versions = new HashSet<>();
      int others = 0;
      for (Ours one : ofDriver) {
        @Nullable String kernel = one.kernel();
        if (kernel != null) {
          boolean stays =
              (needed.contains(new Kernel(kernel)) && kernels.add(kernel)) || others++ < keep;
          if (stays) {
            versions.add(one.rpm().version());
          } else {
            superfluous.add(one.rpm().file());
          }
        }
      }
      boolean newest = true;
      for (Ours one : ofDriver) {
        if (one.kernel() == null) {
          if (!versions.remove(one.rpm().version()) && !newest) {
            superfluous.add(one.rpm().file());
          }
          newest = false;
        }
      }
    }
    return superfluous;
  }

  /** By the one file that only such a package has; empty for a foreign package. */
  private Optional<Ours> ours(Rpm.RpmFile one) {
    for (String path : one.digests().keySet()) {
      if (path.endsWith(ENDING) && path.startsWith(drivers)) {
        return Optional.of(new Ours(one, name(path, drivers), null));
      }
      if (path.endsWith(ENDING) && path.startsWith(manifests)) {
        Path place = Path.of(name(path, manifests));
        @Nullable Path parent = place.getParent();
        if (parent != null && Kernel.isRelease(place.getFileName().toString())) {
          return Optional.of(new Ours(one, parent.toString(), place.getFileName().toString()));
        }
      }
    }
    return Optional.empty();
  }

  private static String name(String path, String directory) {
    return path.substring(directory.length(), path.length() - ENDING.length());
  }
}
