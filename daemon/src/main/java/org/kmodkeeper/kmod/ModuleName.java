package org.kmodkeeper.kmod;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** How module files are named: {@code <module>.ko}, plain or compressed. */
public final class ModuleName {
  /** The endings that kmod reads, each with the compressor that it stands for. */
  private static final List<String> ENDINGS = List.of(".ko", ".ko.xz", ".ko.zst", ".ko.gz");

  /** What a compiler and depmod.d(5) take; no longer than MODULE_NAME_LEN of linux/module.h. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+-]{0,54}");

  private ModuleName() {}

  /** Whether the text can name a module; such a text is also safe as one path component. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** The ending, {@code .ko.xz} for example, if the file name is a module's. */
  public static Optional<String> ending(String fileName) {
    return ENDINGS.stream().filter(fileName::endsWith).findFirst();
  }

  /** The file's name without its ending. */
  public static String stem(Path file) {
    return stem(file.getFileName().toString());
  }

  /** A file's name without its ending. */
  public static String stem(String fileName) {
    return fileName.substring(0, fileName.length() - ending(fileName).orElse("").length());
  }

  /** Whether the file holds that module: the kernel takes {@code -} and {@code _} for the same. */
  public static boolean holds(String fileName, String module) {
    return ending(fileName).isPresent() && canonical(stem(fileName)).equals(canonical(module));
  }

  /** The name as the kernel has it. */
  public static String canonical(String module) {
    return module.replace('-', '_');
  }
}
