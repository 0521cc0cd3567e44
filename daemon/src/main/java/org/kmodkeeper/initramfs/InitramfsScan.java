package org.kmodkeeper.initramfs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.initramfs.InitramfsImage.Copy;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.model.Kernel;

/** Collects a kernel's modules in one walk over an image. */
final class InitramfsScan implements CpioArchive.Visitor {
  private static final String MODULES = "lib/modules/";

  /** More than any kernel has. */
  private static final int MAX_MODULES = 50_000;

  private static final int MAX_TARGET_LENGTH = 4096;
  private static final int MAX_DEPENDENCIES_SIZE = 16 << 20;

  /** What dracut's squash module packs all but a few files into: dracut 059, and dracut-ng. */
  private static final Set<String> SQUASHED =
      Set.of("squash-root.img", "squashfs-root.img", "erofs-root.img");

  private final String tree;
  private final Set<String> asked;
  private final Map<String, @Nullable BuildFingerprint> files = new TreeMap<>();
  private final Map<String, String> links = new TreeMap<>();
  private final Map<String, BuildFingerprint> inodes = new HashMap<>();
  private final Map<String, List<String>> unfilled = new HashMap<>();
  private final Set<String> listed = new HashSet<>();
  private boolean init;

  /**
   * @param asked the modules of the kernel's own whose builds are read as well; those of others
   *     always are, since they are few and each is somebody's driver
   */
  InitramfsScan(Kernel kernel, Set<String> asked) {
    this.tree = MODULES + kernel.release() + "/";
    this.asked = asked;
  }

  @Override
  public void visit(CpioArchiveEntry entry, InputStream content) throws IOException {
    String name = normal(entry.getName());
    init |= name.equals("init");
    if (SQUASHED.contains(name)) {
      throw new IOException("its files are in " + name + ", which is not supported");
    }
    if (name.equals(tree + "modules.dep")) {
      list(content);
    } else if (name.startsWith(MODULES) && ModuleName.ending(name).isPresent()) {
      module(name, entry, content);
    }
  }

  private void module(String name, CpioArchiveEntry entry, InputStream content) throws IOException {
    if (files.size() + links.size() >= MAX_MODULES) {
      throw new IOException("more than " + MAX_MODULES + " modules");
    }
    if (entry.isSymbolicLink()) {
      links.put(name, target(name, content));
    } else if (entry.isRegularFile() && entry.getSize() == 0 && entry.getNumberOfLinks() > 1) {
      // A hard link; another of its names has the content, mostly the last.
      unfilled.computeIfAbsent(inode(entry), inode -> new ArrayList<>()).add(name);
    } else if (entry.isRegularFile() && entry.getNumberOfLinks() > 1) {
      inodes.put(inode(entry), fingerprint(name, content));
      files.put(name, inodes.get(inode(entry)));
    } else if (entry.isRegularFile()) {
      files.put(name, isAsked(name) ? fingerprint(name, content) : null);
    }
  }

  private boolean isAsked(String path) {
    return !path.startsWith(tree + "kernel/") || asked.contains(module(path));
  }

  private static String module(String path) {
    return ModuleName.canonical(ModuleName.stem(path.substring(path.lastIndexOf('/') + 1)));
  }

  private static String inode(CpioArchiveEntry entry) {
    return entry.getDeviceMaj() + ":" + entry.getDeviceMin() + ":" + entry.getInode();
  }

  private static BuildFingerprint fingerprint(String name, InputStream content) throws IOException {
    try {
      return BuildFingerprint.of(content);
    } catch (DamagedModuleException garbled) {
      throw new IOException(name + " " + garbled.getMessage(), garbled);
    }
  }

  /** The modules that modprobe can load from the image: it has its own modules.dep. */
  private void list(InputStream content) throws IOException {
    byte[] text = content.readNBytes(MAX_DEPENDENCIES_SIZE);
    new String(text, StandardCharsets.ISO_8859_1)
        .lines()
        .map(line -> line.substring(0, Math.max(0, line.indexOf(':'))))
        .filter(path -> !path.isEmpty())
        .map(path -> path.startsWith("/") ? normal(path) : tree + path)
        .forEach(listed::add);
  }

  private static String target(String name, InputStream content) throws IOException {
    String target = new String(content.readNBytes(MAX_TARGET_LENGTH), StandardCharsets.ISO_8859_1);
    return target.startsWith("/")
        ? normal(target)
        : normal(name.substring(0, name.lastIndexOf('/') + 1) + target);
  }

  /**
   * Without what leads to the same file another way, {@code ./}, {@code ../} and {@code usr/}, and
   * without the zeros that dracut-cpio appends to align contents.
   */
  private static String normal(String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("\0", 2)[0].split("/", -1)) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    String normal = String.join("/", parts);
    return normal.startsWith("usr/" + MODULES) ? normal.substring("usr/".length()) : normal;
  }

  /**
   * What was found, once the walk has ended.
   *
   * @throws IOException if the image cannot be an initramfs that boots
   */
  Map<String, List<Copy>> modules() throws IOException {
    if (!init) {
      throw new IOException("it has no init");
    }
    resolveLinks();
    Map<String, List<Copy>> modules = new HashMap<>();
    files.forEach(
        (path, build) -> {
          if (path.startsWith(tree)) {
            modules
                .computeIfAbsent(module(path), name -> new ArrayList<>())
                .add(new Copy(path.substring(tree.length()), build));
          }
        });
    modules.replaceAll((name, copies) -> loadable(copies));
    return modules;
  }

  private void resolveLinks() {
    unfilled.forEach(
        (inode, names) -> {
          @Nullable BuildFingerprint build = inodes.get(inode);
          names.forEach(
              name -> files.put(name, build == null ? new BuildFingerprint("empty") : build));
        });
    links.forEach(
        (name, target) -> {
          @Nullable BuildFingerprint build = files.get(target);
          if (build != null) {
            files.put(name, build);
          }
        });
  }

  /** Of several copies those that the image's modules.dep names, if it names any. */
  private List<Copy> loadable(List<Copy> copies) {
    List<Copy> named = copies.stream().filter(copy -> listed.contains(tree + copy.path())).toList();
    return named.isEmpty() ? List.copyOf(copies) : named;
  }
}
