package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.kmodkeeper.model.Kernel;

/**
 * Our depmod configuration file: one {@code override} line for each module whose stale copy would
 * win depmod's search (depmod.d(5)).
 */
public final class DepmodOverrides {
  private static final String HEADER =
      """
      # Written by kmodkeeperd: where another copy of a module would win depmod's search,
      # the line here makes the driver's own copy win. Lines go when their kernel goes.
      """;

  private final Path file;

  public DepmodOverrides(HostPaths paths) {
    this.file = paths.depmodOverrides();
  }

  /** Makes the copy in {@code directory} (relative to the kernel's tree) win. */
  public void add(Kernel kernel, String module, String directory) throws IOException {
    String start = start(kernel, module);
    List<String> lines = new ArrayList<>(lines());
    lines.removeIf(line -> line.startsWith(start));
    lines.add(start + directory);
    write(lines);
  }

  /** Takes out all lines of that kernel; true if there were any. */
  public boolean forget(Kernel kernel) throws IOException {
    return remove(line -> line.split(" ", 4)[2].equals(kernel.release()));
  }

  /** Takes out the line of one module; true if there was one. */
  public boolean forget(Kernel kernel, String module) throws IOException {
    String start = start(kernel, module);
    return remove(line -> line.startsWith(start));
  }

  private boolean remove(Predicate<String> outdated) throws IOException {
    List<String> lines = new ArrayList<>(lines());
    boolean changed = lines.removeIf(outdated);
    if (changed) {
      write(lines);
    }
    return changed;
  }

  /** The kernels that have lines. */
  public List<Kernel> kernels() throws IOException {
    return lines().stream()
        .map(line -> line.split(" ", 4)[2])
        .filter(Kernel::isRelease)
        .distinct()
        .map(Kernel::new)
        .toList();
  }

  private static String start(Kernel kernel, String module) {
    return "override " + module + " " + kernel.release() + " ";
  }

  private List<String> lines() throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("override ") && line.split(" ", -1).length == 4)
        .toList();
  }

  private void write(List<String> lines) throws IOException {
    if (lines.isEmpty()) {
      Files.deleteIfExists(file);
    } else {
      AtomicFile.write(file, HEADER + String.join("\n", lines) + "\n");
    }
  }
}
