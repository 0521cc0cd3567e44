package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.PackagedDriver;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.model.Driver;

/**
 * What a driver is built from, by content: equal identities make equal builds for one kernel.
 *
 * @param source SHA-256 of the source directory, in hexadecimal digits
 * @param recipe SHA-256 of what else decides how it is built: the operator's own command, and what
 *     {@code /etc/dkms} says about it
 * @param changed when any of that changed last
 */
public record SourceIdentity(String source, String recipe, Instant changed) {
  /** More files than any driver has; keeps a misplaced tree from being read for minutes. */
  private static final int MAX_FILES = 20_000;

  /**
   * Reads all of it.
   *
   * @param make the operator's own command, or null
   * @throws IOException if part of it cannot be read, or it has more than 20,000 files
   */
  public static SourceIdentity of(HostPaths paths, Driver driver, @Nullable String make)
      throws IOException {
    if (!Files.exists(driver.source())) {
      Optional<PackagedDriver> packaged =
          PackagedDriver.of(paths, driver.name())
              .filter(one -> one.version().equals(driver.version()));
      if (packaged.isPresent()) {
        // What the packages were built from; it cannot change here.
        return new SourceIdentity(packaged.get().source(), packaged.get().recipe(), Instant.EPOCH);
      }
    }
    var source = new Reading();
    source.addTree(driver.source());
    var recipe = new Reading();
    recipe.add(driver.modules() + "\n" + Objects.requireNonNullElse(make, "") + "\n");
    for (Path file : configuration(paths, driver.name())) {
      recipe.addTree(file);
    }
    Instant changed = source.changed.isAfter(recipe.changed) ? source.changed : recipe.changed;
    return new SourceIdentity(source.text(), recipe.text(), changed);
  }

  /**
   * What of dkms's configuration is about a driver: that which overrides its dkms.conf, its patches
   * and scripts, and the framework's.
   */
  public static List<Path> configuration(HostPaths paths, String driver) throws IOException {
    return DirectoryListing.of(paths.dkmsConfiguration()).stream()
        .filter(file -> isAbout(driver, file.getFileName().toString()))
        .toList();
  }

  private static boolean isAbout(String driver, String file) {
    return file.equals(driver)
        || file.startsWith(driver + ".")
        || file.startsWith(driver + "-")
        || file.startsWith("framework.conf");
  }

  /** A digest of files while they are read. */
  private static final class Reading {
    private final Sha256 digest = new Sha256();
    private Instant changed = Instant.EPOCH;
    private int files;

    void add(String text) {
      digest.add(text);
    }

    /** Adds a file, or all below a directory but what a build leaves there. */
    void addTree(Path top) throws IOException {
      List<Path> entries;
      try (Stream<Path> walk = Files.walk(top.toRealPath())) {
        entries = new ArrayList<>(walk.sorted().toList());
      }
      for (Path entry : entries) {
        if (!Kbuild.isProduct(entry)) {
          addEntry(top.toRealPath(), entry);
        }
      }
    }

    private void addEntry(Path top, Path entry) throws IOException {
      if (++files > MAX_FILES) {
        throw new IOException(top + " has more than " + MAX_FILES + " files");
      }
      Map<String, @Nullable Object> unix =
          Files.readAttributes(entry, "unix:mode,size,ctime", LinkOption.NOFOLLOW_LINKS);
      add(top.relativize(entry) + "\0");
      if (Files.isSymbolicLink(entry)) {
        add("link " + Files.readSymbolicLink(entry) + "\0");
      } else if (Files.isRegularFile(entry)) {
        boolean executable = ((int) Objects.requireNonNull(unix.get("mode")) & 0111) != 0;
        add((executable ? "program " : "file ") + unix.get("size") + "\0");
        digest.add(entry);
      }
      if (!Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
        // A build in the source directory changes the directory's own time, not what is built.
        Instant time = ((FileTime) Objects.requireNonNull(unix.get("ctime"))).toInstant();
        changed = time.isAfter(changed) ? time : changed;
      }
    }

    String text() {
      return digest.text();
    }
  }
}
