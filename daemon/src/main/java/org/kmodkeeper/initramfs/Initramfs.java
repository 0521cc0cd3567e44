package org.kmodkeeper.initramfs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.kmodkeeper.compress.Compression;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.compress.Decompressor.NoRoomException;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.LruCache;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.InitramfsCopy.Match;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.text.TextSanitizer;

/**
 * Reads initramfs images: whether one holds a copy of a module, and from which build.
 *
 * <p>A copy in the image matters, since it is what the kernel loads first. dracut 059 takes the
 * file that depmod has chosen and leaves it compressed as it is; a plain {@code .ko} without a
 * signature it strips with {@code strip -g} (dracut.sh, "strip kernel modules, but do not touch
 * signed modules"); other versions have decompressed. So bytes tell little, and the build id, which
 * all this leaves alone, decides: {@link BuildFingerprint}.
 *
 * <p>An image is read once for all modules, and remembered until it changes. Of the kernel's own
 * modules in it those that were asked for are unpacked: to unpack all takes more than half of the
 * time, 1.2 of 2 s for an image of 52 MB with 400 modules.
 */
public final class Initramfs {
  private static final int MAX_TROUBLE_LENGTH = 200;

  private final HostPaths paths;
  private final Heartbeat heartbeat;
  private final LruCache<Key, InitramfsImage> images = new LruCache<>(32);
  private final LruCache<FileStamp, BuildFingerprint> builds = new LruCache<>(4096);
  private final Set<String> asked = new HashSet<>();

  /** An image is read for the modules of one kernel. */
  private record Key(FileStamp image, Kernel kernel) {}

  /**
   * @param heartbeat beats while an image is read: where the processor is throttled, one takes
   *     minutes
   */
  public Initramfs(HostPaths paths, Heartbeat heartbeat) {
    this.paths = paths;
    this.heartbeat = heartbeat;
  }

  /**
   * The kernel's initramfs: {@code /boot/initramfs-<release>.img}, or {@code
   * /boot/<token>/<release>/initrd} where kernel-install keeps boot loader entries so, or {@code
   * initramfs.img} in the kernel's tree, where images of bootc and rpm-ostree have it.
   */
  public Optional<Path> image(Kernel kernel) throws IOException {
    Path boot = paths.boot();
    String release = kernel.release();
    Path usual = boot.resolve("initramfs-" + release + ".img");
    if (Files.exists(usual)) {
      return Optional.of(usual);
    }
    Stream<Path> byToken =
        DirectoryListing.of(boot).stream()
            .filter(Files::isDirectory)
            .map(token -> token.resolve(release).resolve("initrd"));
    return Stream.concat(byToken, Stream.of(paths.tree(kernel).resolve("initramfs.img")))
        .filter(Files::exists)
        .findFirst();
  }

  /**
   * What the kernel's initramfs holds of the module.
   *
   * @param file the module's file in the kernel's tree
   */
  public InitramfsCopy copy(Kernel kernel, String module, Path file)
      throws IOException, InterruptedException {
    return copy(kernel, module, Optional.of(file));
  }

  /** The same, also where the kernel's tree has no such module; then the image is to have none. */
  public InitramfsCopy copy(Kernel kernel, String module, Optional<Path> file)
      throws IOException, InterruptedException {
    Optional<Path> image = image(kernel);
    return image.isEmpty()
        ? new InitramfsCopy(Match.NO_IMAGE, null, null)
        : compare(read(kernel, image.get(), Set.of(module)), module, file);
  }

  /** Has images read for these modules too: one that is read again for each takes a second each. */
  public synchronized void expect(Collection<String> modules) {
    modules.forEach(module -> asked.add(ModuleName.canonical(module)));
  }

  /** What an image that was read holds of the module. */
  public InitramfsCopy compare(InitramfsImage image, String module, Optional<Path> expected)
      throws IOException, InterruptedException {
    if (image.trouble() != null) {
      String detail = image.file() + " cannot be read: " + image.trouble();
      return new InitramfsCopy(Match.UNREADABLE, image.file(), detail);
    }
    List<InitramfsImage.Copy> copies = image.copies(module);
    if (copies.isEmpty()) {
      return new InitramfsCopy(Match.NO_COPY, image.file(), null);
    }
    if (expected.isEmpty()) {
      String detail = image.file() + " holds " + module + ": " + copies.get(0).path();
      return new InitramfsCopy(Match.OTHER_BUILD, image.file(), detail);
    }
    Path file = expected.get();
    BuildFingerprint wanted;
    try {
      wanted = build(file);
    } catch (IOException unreadable) {
      String detail = file + " cannot be read: " + unreadable.getMessage();
      return new InitramfsCopy(Match.UNREADABLE, image.file(), detail);
    } catch (DamagedModuleException damaged) {
      return new InitramfsCopy(Match.UNREADABLE, image.file(), file + " " + damaged.getMessage());
    }
    for (InitramfsImage.Copy copy : copies) {
      if (!wanted.equals(copy.build())) {
        String detail = image.file() + " contains another build of " + module + ": " + copy.path();
        return new InitramfsCopy(Match.OTHER_BUILD, image.file(), detail);
      }
    }
    return new InitramfsCopy(Match.SAME_BUILD, image.file(), null);
  }

  private BuildFingerprint build(Path file)
      throws IOException, DamagedModuleException, InterruptedException {
    Optional<FileStamp> identity = FileStamp.of(file);
    if (identity.isEmpty()) {
      throw new DamagedModuleException("does not exist");
    }
    return builds.get(identity.get(), () -> BuildFingerprint.of(file));
  }

  /**
   * Reads an image; one read at a time, since it takes a second and a processor.
   *
   * @param modules those to compare with {@link #compare}
   * @throws InterruptedException if the daemon is stopping
   */
  public synchronized InitramfsImage read(Kernel kernel, Path file, Set<String> modules)
      throws IOException, InterruptedException {
    Optional<FileStamp> identity = FileStamp.of(file);
    if (identity.isEmpty()) {
      return InitramfsImage.unreadable(file, "does not exist");
    }
    expect(modules);
    var key = new Key(identity.get(), kernel);
    Optional<InitramfsImage> known = images.find(key).filter(image -> image.tells(modules));
    if (known.isPresent()) {
      return known.get();
    }
    try (InputStream in = Files.newInputStream(file)) {
      InitramfsImage read = scan(kernel, asked, file, in, heartbeat);
      images.put(key, read);
      return read;
    } catch (IOException notRead) {
      // No property of the image, so nothing to remember.
      return InitramfsImage.unreadable(file, notRead.toString());
    }
  }

  /**
   * Reads an image that is open; what is wrong with it is part of the answer.
   *
   * @throws IOException if there is no space to unpack a module
   */
  static InitramfsImage scan(
      Kernel kernel, Set<String> asked, Path file, InputStream in, Heartbeat heartbeat)
      throws IOException, InterruptedException {
    var scan = new InitramfsScan(kernel, asked);
    try {
      CpioArchive.walk(
          in,
          (entry, content) -> {
            heartbeat.beat();
            scan.visit(entry, content);
          });
      return new InitramfsImage(file, scan.modules(), null);
    } catch (NoRoomException noRoom) {
      throw noRoom;
    } catch (IOException garbled) {
      return InitramfsImage.unreadable(
          file, TextSanitizer.line(Compression.why(garbled), MAX_TROUBLE_LENGTH));
    }
  }
}
