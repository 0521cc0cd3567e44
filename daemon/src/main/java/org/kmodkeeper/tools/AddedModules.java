package org.kmodkeeper.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;

/** The modules in kernels' trees that did not come with the kernel, wherever they are. */
public final class AddedModules {
  /** The directories of a tree that hold no added modules. */
  private static final Set<String> NOT_ADDED = Set.of("kernel", "build", "source");

  /** Added modules lie a few directories deep at most. */
  private static final int DEPTH = 6;

  private final HostPaths paths;

  public AddedModules(HostPaths paths) {
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
    Path tree = paths.tree(kernel);
    List<Path> found = new ArrayList<>();
    if (!Files.isDirectory(tree)) {
      return found;
    }
    try (Stream<Path> tops = Files.list(tree)) {
      for (Path top : (Iterable<Path>) tops.sorted()::iterator) {
        if (!NOT_ADDED.contains(top.getFileName().toString())) {
          found.addAll(below(top, wanted));
        }
      }
    } catch (NoSuchFileException | UncheckedIOException vanishing) {
      // The kernel is being removed while we look; the next look sees it gone.
      return found;
    }
    return found;
  }

  private static List<Path> below(Path top, Predicate<String> wanted) throws IOException {
    try (Stream<Path> files =
        Files.find(top, DEPTH, (file, attributes) -> wanted.test(file.getFileName().toString()))) {
      return files.sorted().toList();
    }
  }
}
