package org.kmodkeeper.adopt;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kmodkeeper.host.AtomicFile;

/** The text of a dkms.conf: writes one, or changes a line of one. */
final class DkmsConfFile {
  static final String NAME = "dkms.conf";

  private DkmsConfFile() {}

  /**
   * The vendor's own, which is at the source's top, or in a directory of what packages put there,
   * as amzn-drivers have it.
   */
  static Optional<Path> in(Path source) {
    return Stream.of(source.resolve(NAME), source.resolve("conf").resolve(NAME))
        .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
        .findFirst();
  }

  /** The text of the one at a source's top, whatever its encoding; empty if there is none. */
  static String text(Path source) throws IOException {
    Path file = source.resolve(NAME);
    return Files.exists(file) ? Files.readString(file, ISO_8859_1) : "";
  }

  /** Replaces the one at a source's top; an empty text removes it. */
  static void replace(Path source, String text) throws IOException {
    Path file = source.resolve(NAME);
    if (text.isEmpty()) {
      Files.delete(file);
    } else {
      AtomicFile.write(file, text.getBytes(ISO_8859_1));
    }
  }

  /**
   * A dkms.conf for a source that came without one.
   *
   * <p>The destination is what dkms makes of any on EL 7 to 9; on EL 10 it takes what stands here.
   */
  static String write(String name, String version, Makefiles.Found found) {
    List<String> lines = new ArrayList<>();
    lines.add("# Written by kmodkeeper adopt: this source came without a dkms.conf.");
    lines.add(line("PACKAGE_NAME", name));
    lines.add(line("PACKAGE_VERSION", version));
    String directory = found.directory().toString();
    switch (found.calling()) {
      case BUILD_KERNEL -> {
        String there = directory.isEmpty() ? "" : "cd " + directory + "/; ";
        lines.add(line("CLEAN", there + "make BUILD_KERNEL=${kernelver} clean"));
        lines.add(line("MAKE", there + "make BUILD_KERNEL=${kernelver}"));
      }
      case KBUILD -> {
        String build = "${dkms_tree}/${PACKAGE_NAME}/${PACKAGE_VERSION}/build";
        String place = build + (directory.isEmpty() ? "" : "/" + directory);
        String kbuild = "make -C ${kernel_source_dir} M=" + place;
        String options =
            found.options().stream().map(option -> option + "=m ").collect(Collectors.joining());
        lines.add(line("CLEAN", kbuild + " clean"));
        lines.add(line("MAKE", kbuild + " " + options + "modules"));
      }
    }
    for (int at = 0; at < found.modules().size(); at++) {
      Makefiles.Module module = found.modules().get(at);
      String place = module.directory().toString();
      lines.add(line("BUILT_MODULE_NAME[" + at + "]", module.name()));
      lines.add(line("BUILT_MODULE_LOCATION[" + at + "]", place.isEmpty() ? "" : place + "/"));
      lines.add(line("DEST_MODULE_NAME[" + at + "]", module.name()));
      lines.add(line("DEST_MODULE_LOCATION[" + at + "]", "/extra"));
    }
    lines.add(line("AUTOINSTALL", "yes"));
    return String.join("\n", lines) + "\n";
  }

  /** Sets a variable in the line that sets it already, or in one more at the end. */
  static String set(String text, String variable, String value) {
    Matcher line = Pattern.compile("^[ \\t]*" + variable + "=.*$", Pattern.MULTILINE).matcher(text);
    if (line.find()) {
      return line.replaceAll(Matcher.quoteReplacement(line(variable, value)));
    }
    return text + (text.endsWith("\n") ? "" : "\n") + line(variable, value) + "\n";
  }

  private static String line(String variable, String value) {
    return variable + "=\"" + value + '"';
  }
}
