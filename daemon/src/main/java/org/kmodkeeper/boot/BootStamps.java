package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;

/**
 * What was there when a kernel was found bootable: {@code bootable/<release>}.
 *
 * <p>While nothing of it has changed, the kernel still is bootable. The script {@code
 * kmodkeeper-boot} finds that out without a Java; when in doubt it starts one. Each line is {@code
 * <inode> <ctime> <size> <path>}, as {@code stat --format='%i %Z %s %n'} prints it.
 */
public final class BootStamps {
  private final HostPaths paths;

  public BootStamps(HostPaths paths) {
    this.paths = paths;
  }

  /**
   * The kernel is bootable with these modules, also after a power cut: a new stamp stands only when
   * they and depmod's files are on the disk.
   */
  public void set(Kernel kernel, Collection<Path> modules) throws IOException {
    List<Path> files = new ArrayList<>(modules.stream().sorted().toList());
    files.add(paths.tree(kernel).resolve("modules.dep.bin"));
    files.add(paths.sources());
    addTree(files, paths.configuration());
    for (Path directory : paths.modprobeConfiguration()) {
      addTree(files, directory);
    }
    var text = new StringBuilder();
    for (Path file : files) {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        text.append(identity(file)).append('\n');
      }
    }
    Path stamp = stamp(kernel);
    if (!Files.exists(stamp) || !Files.readString(stamp).contentEquals(text)) {
      sync(kernel, modules);
      AtomicFile.write(stamp, text.toString());
    }
  }

  /** What loads a module, or finds one for a device, looks into all of depmod's files. */
  private void sync(Kernel kernel, Collection<Path> modules) throws IOException {
    List<Path> files = new ArrayList<>(modules);
    try (DirectoryStream<Path> made = Files.newDirectoryStream(paths.tree(kernel), "modules.*")) {
      made.forEach(files::add);
    }
    for (Path file : files) {
      AtomicFile.sync(file);
    }
  }

  /** The kernel is not bootable, or not known to be. */
  public void clear(Kernel kernel) throws IOException {
    Files.deleteIfExists(stamp(kernel));
  }

  /** Forgets kernels that have gone. */
  public void retain(Collection<Kernel> installed) throws IOException {
    List<Path> kept = installed.stream().map(this::stamp).toList();
    for (Path stamp : DirectoryListing.of(directory())) {
      if (!kept.contains(stamp)) {
        Files.delete(stamp);
      }
    }
  }

  private static void addTree(List<Path> files, Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      try (Stream<Path> below = Files.walk(directory, 2)) {
        files.addAll(below.sorted().toList());
      }
    }
  }

  private static String identity(Path file) throws IOException {
    Map<String, Object> seen =
        Files.readAttributes(file, "unix:ino,ctime,size", LinkOption.NOFOLLOW_LINKS);
    var time = (FileTime) Objects.requireNonNull(seen.get("ctime"));
    long changed = time.toInstant().getEpochSecond();
    return seen.get("ino") + " " + changed + " " + seen.get("size") + " " + file;
  }

  private Path directory() {
    return paths.state().resolve("bootable");
  }

  private Path stamp(Kernel kernel) {
    return directory().resolve(kernel.release());
  }
}
