package org.kmodkeeper.initramfs;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.kmod.ModuleName;

/**
 * What one pass over an initramfs found: a kernel's modules, and the builds of some.
 *
 * @param modules the copies of each module, by the name that the kernel has for it
 * @param trouble why the image could not be read completely, or null; then there are no modules
 */
public record InitramfsImage(Path file, Map<String, List<Copy>> modules, @Nullable String trouble) {
  /**
   * One module in the image.
   *
   * @param path below the kernel's directory of modules
   * @param build null if nobody had asked for it
   */
  record Copy(String path, @Nullable BuildFingerprint build) {}

  public InitramfsImage {
    modules = Map.copyOf(modules);
  }

  static InitramfsImage unreadable(Path file, String trouble) {
    return new InitramfsImage(file, Map.of(), trouble);
  }

  /** Whether the builds of all copies of these modules are known. */
  boolean tells(Set<String> names) {
    return names.stream().allMatch(name -> copies(name).stream().allMatch(c -> c.build() != null));
  }

  /** The copies of one module that the image could load. */
  List<Copy> copies(String module) {
    return modules.getOrDefault(ModuleName.canonical(module), List.of());
  }
}
