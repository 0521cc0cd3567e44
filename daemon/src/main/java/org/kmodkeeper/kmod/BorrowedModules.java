package org.kmodkeeper.kmod;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;

/**
 * The links in kernels' trees that lead out of them: what one kernel borrows of another one's
 * modules, as weak-modules(8) has it.
 */
public final class BorrowedModules {
  /** Deeper than any module lies. */
  private static final int DEPTH = 12;

  /** Where each link leads, by no further link. */
  private final Map<Path, Path> targets;

  private BorrowedModules(Map<Path, Path> targets) {
    this.targets = targets;
  }

  /**
   * Reads all links of these kernels' trees.
   *
   * @throws IOException if a tree cannot be read: then nobody knows what leads where
   */
  public static BorrowedModules of(HostPaths paths, Collection<Kernel> kernels) throws IOException {
    Map<Path, Path> targets = new LinkedHashMap<>();
    for (Kernel kernel : kernels) {
      Path tree = paths.tree(kernel);
      try (Stream<Path> found =
          Files.find(tree, DEPTH, (path, attributes) -> attributes.isSymbolicLink())) {
        for (Path link : found.filter(path -> !isHeaders(tree, path)).toList()) {
          if (Files.exists(link)) {
            targets.put(link, link.toRealPath());
          }
        }
      } catch (UncheckedIOException unreadable) {
        throw unreadable.getCause();
      }
    }
    return new BorrowedModules(targets);
  }

  /** {@code build} and {@code source} lead to the kernel's headers. */
  private static boolean isHeaders(Path tree, Path link) {
    return tree.equals(link.getParent()) && (link.endsWith("build") || link.endsWith("source"));
  }

  /** The links that lead to the file, or to a directory that it lies in. */
  public List<Path> linksTo(Path file) throws IOException {
    Path real = file.toRealPath();
    return targets.keySet().stream()
        .filter(link -> real.startsWith(requireNonNull(targets.get(link))))
        .toList();
  }
}
