package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.HostIdentity;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.LruCache;
import org.kmodkeeper.process.CommandRunner;

/** Finds this host's GRUB, the boot loader of EL and Amazon Linux; others are not supported. */
public final class BootLoaders {
  private static final String CONFIG = "grub.cfg";
  private static final String ENVIRONMENT = "grubenv";

  private final HostPaths paths;
  private final CommandRunner runner;
  private final LruCache<List<Optional<FileStamp>>, BootMenu> remembered = new LruCache<>(1);

  public BootLoaders(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
  }

  /**
   * The host's GRUB, as its files are now; empty if there is none. It is read by its own files:
   * grubby of EL 8 and later takes its saved default for the one that counts, also where grub.cfg
   * has a fixed one.
   */
  Optional<Grub> find() throws IOException {
    for (Path directory : directories()) {
      Path config = directory.resolve(CONFIG);
      if (Files.isRegularFile(config)) {
        return Optional.of(new Grub(config, paths.blsEntries(), naming(), runner));
      }
    }
    return Optional.empty();
  }

  /**
   * What the boot loader would do; empty if it is not supported. Asked often, so it is read again
   * only if a file has changed that it depends on.
   *
   * @throws IOException if it cannot be read
   */
  public Optional<BootMenu> menu() throws IOException, InterruptedException {
    Optional<Grub> grub = find();
    if (grub.isEmpty()) {
      return Optional.empty();
    }
    List<Optional<FileStamp>> files = new ArrayList<>();
    for (Path file : grub.get().files()) {
      files.add(FileStamp.of(file));
    }
    return Optional.of(remembered.get(files, () -> grub.get().read()));
  }

  /** EL 7's grubby knows titles and numbers, but no ids. */
  private GrubMenu.Naming naming() {
    return runner.searchPath().find("grubby").isPresent()
        ? GrubMenu.Naming.TITLE
        : GrubMenu.Naming.ID;
  }

  /**
   * Where GRUB's files may be, most likely first: EL keeps them in grub2, others in grub. EL 7 and
   * 8 booted by UEFI have them on the EFI system partition; later ones, and Debian, have a file
   * without a menu there, which leads to the one in {@code /boot}.
   */
  private List<Path> directories() throws IOException {
    List<Path> directories = new ArrayList<>();
    if (Files.isDirectory(paths.sys().resolve("firmware/efi"))) {
      for (Path vendor : vendors()) {
        Path config = vendor.resolve(CONFIG);
        if (Files.isRegularFile(config) && Grub.hasMenu(config)) {
          directories.add(vendor);
        }
      }
    }
    directories.add(paths.boot().resolve("grub2"));
    directories.add(paths.boot().resolve("grub"));
    return directories;
  }

  /**
   * The vendors' directories for UEFI, first the one that the packages' link to its block names.
   */
  private List<Path> vendors() throws IOException {
    Path link = paths.boot().resolve("grub2").resolve(ENVIRONMENT);
    Path block =
        Files.isSymbolicLink(link)
            ? link.resolveSibling(Files.readSymbolicLink(link)).normalize()
            : link;
    String own = HostIdentity.vendor(paths);
    return DirectoryListing.of(paths.boot().resolve("efi/EFI")).stream()
        .sorted(
            Comparator.<Path, Boolean>comparing(vendor -> !block.startsWith(vendor))
                .thenComparing(vendor -> !vendor.toString().endsWith("/" + own)))
        .toList();
  }
}
