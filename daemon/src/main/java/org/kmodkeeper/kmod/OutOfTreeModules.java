package org.kmodkeeper.kmod;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;

/** The modules in kernels' trees that did not come with the kernel, wherever they are. */
public final class OutOfTreeModules {
  /** The directories of a tree that hold no added modules. */
  private static final Set<String> NOT_ADDED = Set.of("kernel", "build", "source");

  /** Added modules lie a few directories deep at most. */
  private static final int DEPTH = 6;

  private final HostPaths paths;

  public OutOfTreeModules(HostPaths paths) {
    this.paths = paths;
  }

  /** The copies of a module outside of the kernel's own directory. */
  public List<Path> of(Kernel kernel, String module) throws IOException {
    return of(kernel, file -> ModuleName.holds(file, module));
  }

  /** All modules outside of the kernel's own directory. */
  public List<Path> of(Kernel kernel) throws IOException {
    return of(kernel, file -> ModuleName.ending(file).isPresent());
  }

  /**
   * @param wanted tells by a file's name
   */
  private List<Path> of(Kernel kernel, Predicate<String> wanted) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path top : DirectoryListing.of(paths.tree(kernel))) {
      if (!NOT_ADDED.contains(top.getFileName().toString())) {
        collect(top, DEPTH, wanted, found);
      }
    }
    return found;
  }

  private static void collect(Path path, int depth, Predicate<String> wanted, List<Path> found)
      throws IOException {
    if (wanted.test(path.getFileName().toString())) {
      found.add(path);
    } else if (depth > 0 && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      for (Path entry : DirectoryListing.of(path)) {
        collect(entry, depth - 1, wanted, found);
      }
    }
  }
}
