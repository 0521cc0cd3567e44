package org.kmodkeeper.tools;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** How module files are named: {@code <module>.ko}, plain or compressed. */
public final class ModuleName {
  /** The endings that kmod reads, each with the compressor that it stands for. */
  private static final List<String> ENDINGS = List.of(".ko", ".ko.xz", ".ko.zst", ".ko.gz");

  private ModuleName() {}

  /** The ending, {@code .ko.xz} for example, if the file name is a module's. */
  public static Optional<String> ending(String fileName) {
    return ENDINGS.stream().filter(fileName::endsWith).findFirst();
  }

  /** The file's name without its ending. */
  public static String stem(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.length() - ending(name).orElse("").length());
  }

  /** Whether the file holds that module: the kernel takes {@code -} and {@code _} for the same. */
  public static boolean holds(String fileName, String module) {
    return ending(fileName)
        .map(ending -> fileName.substring(0, fileName.length() - ending.length()))
        .filter(stem -> canonical(stem).equals(canonical(module)))
        .isPresent();
  }

  /** The name as the kernel has it. */
  public static String canonical(String module) {
    return module.replace('-', '_');
  }
}
