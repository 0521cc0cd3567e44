package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;

/** Whether there is room for what is made: modules, images, build directories, logs. */
record SpaceCheck(DoctorContext context) implements Check {
  private static final long MIB = 1 << 20;

  /** A driver's modules, some MiB each before they are compressed, and depmod's new indexes. */
  private static final long MODULES = 64 * MIB;

  /** A private copy of a source with its objects, and dkms's own. */
  private static final long BUILDS = 256 * MIB;

  /** What compilers write while they run. */
  private static final long TEMPORARY = 64 * MIB;

  /** A small image, on a host that has none yet. */
  private static final long IMAGE = 32 * MIB;

  @Override
  public String name() {
    return "space";
  }

  @Override
  public List<Diagnosis> examine() throws IOException {
    HostPaths paths = context.paths();
    Map<Path, Long> needs = new LinkedHashMap<>();
    needs.put(paths.modules(), MODULES);
    needs.put(paths.boot(), largestImage(paths.boot()));
    needs.put(paths.builds(), BUILDS);
    needs.put(paths.dkmsTree(), BUILDS);
    needs.put(paths.temporary(), TEMPORARY);
    List<Diagnosis> found = new ArrayList<>();
    for (Map.Entry<Path, Long> need : needs.entrySet()) {
      found.add(examine(need.getKey(), need.getValue()));
    }
    return found;
  }

  /** A new initramfs is made beside the one that it takes the place of. */
  private static long largestImage(Path boot) throws IOException {
    if (!Files.isDirectory(boot)) {
      return 0;
    }
    long largest = IMAGE;
    try (Stream<Path> files = Files.list(boot)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (file.getFileName().toString().startsWith("initramfs-")) {
          largest = Math.max(largest, Files.size(file));
        }
      }
    }
    return largest;
  }

  private Diagnosis examine(Path place, long needed) throws IOException {
    Path there = place;
    while (!Files.exists(there)) {
      there = Objects.requireNonNull(there.getParent());
    }
    FileStore store = Files.getFileStore(there);
    if (store.isReadOnly()) {
      return bad(
          place + " is mounted read-only",
          "mount -o remount,rw $(findmnt -no TARGET -T " + there + ")");
    }
    long free = store.getUsableSpace();
    return free < needed
        ? bad(
            place + ": " + free / MIB + " MiB free, " + needed / MIB + " MiB may be needed",
            fix(place, there))
        : ok(place + ": " + free / MIB + " MiB free");
  }

  /** Old kernels fill these two places; what fills others is not known. */
  private String fix(Path place, Path there) {
    boolean kernels =
        place.equals(context.paths().boot()) || place.equals(context.paths().modules());
    return context
        .advice()
        .removeOldKernels()
        .filter(command -> kernels)
        .orElse("du -xm " + there + " | sort -n | tail");
  }
}
