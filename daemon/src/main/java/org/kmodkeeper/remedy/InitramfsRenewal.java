package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.initramfs.FsFreeze;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.initramfs.InitramfsBuilder;
import org.kmodkeeper.initramfs.InitramfsImage;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.text.TextSanitizer;

/**
 * Regenerates the kernel's initramfs, so that it contains no other build of the driver.
 *
 * <p>The new image is made beside the old one and proven before it takes its place by a rename; at
 * any moment, also after a power cut, the boot loader finds the old one or the new one, whole.
 */
public final class InitramfsRenewal {
  private static final long MEBIBYTE = 1 << 20;

  /** Beside the old image's size: the new one may be larger, and /boot must not become full. */
  private static final long SLACK = 8 * MEBIBYTE;

  private static final int MAX_LIST_LENGTH = 200;

  /** How deep images lie: {@code /boot/<token>/<release>/initrd}. */
  private static final int DEPTH = 3;

  private final HostPaths paths;
  private final Initramfs initramfs;
  private final InitramfsBuilder builder;
  private final FsFreeze freeze;

  public InitramfsRenewal(
      HostPaths paths, Initramfs initramfs, InitramfsBuilder builder, FsFreeze freeze) {
    this.paths = paths;
    this.initramfs = initramfs;
    this.builder = builder;
    this.freeze = freeze;
  }

  /**
   * Regenerates the image from what is in the kernel's tree now.
   *
   * @param old the image, no symbolic link
   * @param wanted the modules that it is made for: each with the file that modprobe resolves, or
   *     with nothing where the image is not to hold it at all
   * @param timeout after which it is given up
   * @throws RemedyAction.Failed if the new one is not made, or no better; the old one is as it was
   */
  void renew(
      Kernel kernel, Path old, Map<String, Optional<Path>> wanted, Duration timeout, BuildLog log)
      throws IOException, InterruptedException, RemedyAction.Failed {
    Optional<FileStamp> before = FileStamp.of(old);
    requireSpace(old);
    Path partial = old.resolveSibling(old.getFileName() + AtomicFile.PARTIAL);
    Path scratch = paths.builds().resolve("initramfs-" + kernel.release());
    Files.deleteIfExists(partial);
    FileUtils.deleteDirectory(scratch.toFile());
    try {
      Files.createDirectories(scratch);
      make(kernel, partial, scratch, timeout, log);
      prove(kernel, wanted, old, partial);
      // If two programs write it at once, the other one wins; the next pass checks the result.
      if (!FileStamp.of(old).equals(before)) {
        throw notProven(old + " was changed by another program meanwhile and is left as it is");
      }
      publish(partial, old);
      freeze.of(old, log);
    } finally {
      Files.deleteIfExists(partial);
      FileUtils.deleteDirectory(scratch.toFile());
    }
  }

  private static void requireSpace(Path old) throws IOException, RemedyAction.Failed {
    // Not of its FileStore: in a chroot that is no mount point there is none.
    long free = old.toFile().getUsableSpace();
    long needed = Files.size(old) + SLACK;
    if (free < needed) {
      throw new RemedyAction.Failed(
          Outcome.BUILD_FAILED,
          String.format(
              "%s has %d MiB free, a new initramfs beside the old one needs %d MiB: remove a kernel"
                  + " that is no longer used, or free space there",
              old.getParent(), free / MEBIBYTE, needed / MEBIBYTE));
    }
  }

  private void make(Kernel kernel, Path partial, Path scratch, Duration timeout, BuildLog log)
      throws IOException, InterruptedException, RemedyAction.Failed {
    if (!builder.isInstalled()) {
      throw new RemedyAction.Failed(Outcome.BUILD_FAILED, "dracut is not installed");
    }
    Completed ran = builder.build(kernel, partial, scratch, timeout, log.file());
    if (ran.ending() instanceof Completed.TimedOut timedOut) {
      throw new RemedyAction.Failed(Outcome.TIMED_OUT, "dracut " + timedOut);
    }
    if (!ran.succeeded() || !Files.isRegularFile(partial)) {
      String why = builder.complaint(log.file()).orElse(ran.ending() + " and no image");
      throw new RemedyAction.Failed(Outcome.BUILD_FAILED, "dracut: " + why);
    }
  }

  private void prove(Kernel kernel, Map<String, Optional<Path>> wanted, Path old, Path partial)
      throws IOException, InterruptedException, RemedyAction.Failed {
    InitramfsImage made = initramfs.read(kernel, partial, wanted.keySet());
    if (made.trouble() != null) {
      throw notProven("cannot read the new initramfs: " + made.trouble());
    }
    Set<String> replaced = initramfs.read(kernel, old, Set.of()).modules().keySet();
    if (!replaced.isEmpty() && made.modules().isEmpty()) {
      throw notProven("the new initramfs contains no modules, the old one " + replaced.size());
    }
    var lost = new TreeSet<>(replaced);
    lost.removeAll(made.modules().keySet());
    wanted.keySet().forEach(module -> lost.remove(ModuleName.canonical(module)));
    if (!lost.isEmpty()) {
      // One of a disk or its filesystem, it may be, without which the kernel does not boot.
      throw notProven(
          String.format(
              "the new initramfs lacks modules of %s: %s; if that is intended, create it by hand:"
                  + " dracut --force %s %s",
              old, TextSanitizer.line(String.join(", ", lost), MAX_LIST_LENGTH), old, kernel));
    }
    for (Map.Entry<String, Optional<Path>> module : wanted.entrySet()) {
      InitramfsCopy copy = initramfs.compare(made, module.getKey(), module.getValue());
      if (!copy.fits()) {
        throw notProven("the new initramfs does not help: " + copy.detail());
      }
    }
  }

  private static void publish(Path partial, Path old) throws IOException {
    Set<PosixFilePermission> wanted = Files.getPosixFilePermissions(old);
    // A boot partition of type vfat has one mode for all files and refuses to set any.
    if (!Files.getPosixFilePermissions(partial).equals(wanted)) {
      Files.setPosixFilePermissions(partial, wanted);
    }
    AtomicFile.sync(partial);
    Files.move(partial, old, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    AtomicFile.sync(java.util.Objects.requireNonNull(old.getParent()));
  }

  /** Removes images that were never completed; before the first build of this run. */
  public void recover() throws IOException, InterruptedException {
    freeze.recover();
    if (!Files.isDirectory(paths.boot())) {
      return;
    }
    List<Path> partial;
    try (Stream<Path> files =
        Files.find(paths.boot(), DEPTH, (file, attributes) -> isPartial(file))) {
      partial = files.toList();
    }
    for (Path file : partial) {
      Files.delete(file);
    }
  }

  private static boolean isPartial(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith("init") && name.endsWith(AtomicFile.PARTIAL);
  }

  private static RemedyAction.Failed notProven(String detail) {
    return new RemedyAction.Failed(Outcome.NOT_PROVEN, detail);
  }
}
