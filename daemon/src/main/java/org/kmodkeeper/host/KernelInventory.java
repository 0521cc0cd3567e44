package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.model.Kernel;

/**
 * Which kernels are installed.
 *
 * <p>A directory below {@code /lib/modules} is a kernel when the list of its own modules is there
 * and its image is (in the tree, or in {@code /boot}), or it runs. What a removed kernel leaves
 * behind, such as a directory with only {@code extra/}, is a leftover; a tree whose image cannot be
 * seen, as when {@code /boot} is not mounted, is neither.
 */
public final class KernelInventory {
  private final HostPaths paths;

  public KernelInventory(HostPaths paths) {
    this.paths = paths;
  }

  /**
   * The installed kernels, newest first.
   *
   * @throws IOException if {@code /lib/modules} is there and cannot be read
   */
  public List<Kernel> installed() throws IOException {
    return directories().stream().filter(this::isInstalled).toList();
  }

  /** Directories that once were kernels' trees, newest first. */
  public List<Kernel> leftovers() throws IOException {
    return directories().stream().filter(this::isGone).toList();
  }

  /**
   * Whether the kernel has been removed; the running one has not, whatever was done to its tree.
   */
  public boolean isGone(Kernel kernel) {
    return !hasModules(kernel) && !isRunning(kernel);
  }

  /** The running kernel, if /proc tells. */
  public Optional<Kernel> running() {
    try {
      String release = Files.readString(paths.runningRelease()).strip();
      return Kernel.isRelease(release) ? Optional.of(new Kernel(release)) : Optional.empty();
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  /** Where the kernel's headers are; empty if no build can use them. */
  public Optional<Path> headers(Kernel kernel) {
    Path build = paths.tree(kernel).resolve("build");
    boolean usable =
        Files.exists(build.resolve("Makefile"))
            && Files.exists(build.resolve("include/generated/autoconf.h"));
    return usable ? Optional.of(build) : Optional.empty();
  }

  private List<Kernel> directories() throws IOException {
    return DirectoryListing.of(paths.modules()).stream()
        .filter(Files::isDirectory)
        .map(entry -> entry.getFileName().toString())
        .filter(Kernel::isRelease)
        .map(Kernel::new)
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  private boolean isInstalled(Kernel kernel) {
    return hasModules(kernel) && (hasImage(kernel) || isRunning(kernel));
  }

  private boolean isRunning(Kernel kernel) {
    return running().equals(Optional.of(kernel));
  }

  /** rpm takes both lists away with the kernel; depmod makes neither. */
  private boolean hasModules(Kernel kernel) {
    Path tree = paths.tree(kernel);
    return Files.exists(tree.resolve("modules.order"))
        || Files.exists(tree.resolve("modules.builtin"));
  }

  /** In the tree it is {@code vmlinuz}, or for a unified image {@code vmlinuz-virt.efi}. */
  private boolean hasImage(Kernel kernel) {
    String[] images = paths.tree(kernel).toFile().list((tree, name) -> name.startsWith("vmlinuz"));
    return (images != null && images.length > 0)
        || Files.exists(paths.boot().resolve("vmlinuz-" + kernel.release()));
  }
}
