package org.kmodkeeper.bootloader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.CommandRunner;

/** Finds out which boot loader this host has. */
public final class BootLoaders {
  private final HostPaths paths;
  private final CommandRunner runner;

  public BootLoaders(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
  }

  /**
   * The host's boot loader, looked for afresh; empty if it is none that is known here. GRUB is read
   * by its own files: grubby of EL 8 and later takes its saved default for the one that counts, also
   * where grub.cfg has a fixed one.
   */
  public Optional<BootLoader> find() throws IOException {
    Optional<BootLoader> grub = grub().map(BootLoader.class::cast);
    return grub.isEmpty() && runner.searchPath().find("grubby").isPresent()
        ? Optional.of(new Grubby(runner))
        : grub;
  }

  /** EL keeps GRUB's files in grub2, others in grub; EL 8 with UEFI has grub.cfg on the ESP. */
  private Optional<Grub> grub() throws IOException {
    for (String name : List.of("grub2", "grub")) {
      Path directory = paths.boot().resolve(name);
      if (Files.isDirectory(directory)) {
        for (Path config : configs(directory)) {
          if (Files.isRegularFile(config)) {
            Path environment = directory.resolve("grubenv");
            return Optional.of(new Grub(config, environment, paths.blsEntries(), runner));
          }
        }
      }
    }
    return Optional.empty();
  }

  private List<Path> configs(Path directory) throws IOException {
    List<Path> configs = new ArrayList<>(List.of(directory.resolve("grub.cfg")));
    Path vendors = paths.boot().resolve("efi/EFI");
    if (Files.isDirectory(vendors)) {
      try (Stream<Path> entries = Files.list(vendors)) {
        entries.sorted().forEach(vendor -> configs.add(vendor.resolve("grub.cfg")));
      }
    }
    return configs;
  }
}
