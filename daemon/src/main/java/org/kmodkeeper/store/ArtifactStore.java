package org.kmodkeeper.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;

/**
 * {@code /var/lib/kmodkeeper/store}: the artifacts of this host, root's alone, as {@code
 * <driver>-<version>/<kernel>/}.
 *
 * <p>An artifact is there whole or not at all: it is put together beside its place and renamed.
 */
@SuppressWarnings("try")
public final class ArtifactStore {
  /** What all artifacts may take together; a driver takes some 100 KB a kernel. */
  static final long MAX_BYTES = 512L << 20;

  static final int MAX_ARTIFACTS = 500;

  /** Enough to tell two states of a store apart. */
  private static final int DIGITS = 16;

  static final String MANIFEST = "manifest.json";

  /** Begins the name of an artifact that is being put together or taken away. */
  private static final String PARTIAL = ".partial-";

  private final Path directory;
  private final Path lock;

  public ArtifactStore(HostPaths paths) {
    this.directory = paths.state().resolve("store");
    this.lock = paths.state().resolve("store.lock");
  }

  /**
   * A place in the store.
   *
   * @param artifact null if it is damaged
   * @param trouble what is wrong with it, or null
   */
  public record Entry(Path directory, @Nullable Artifact artifact, @Nullable String trouble) {}

  /** All that is there, by driver, version and kernel. */
  public List<Entry> list() throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Path driver : directories(directory)) {
      for (Path kernel : directories(driver)) {
        entries.add(entry(kernel));
      }
    }
    return entries;
  }

  /**
   * The artifacts of one version of a driver whose manifests can be read, the newest kernel first.
   */
  public List<Artifact> of(Driver driver) throws IOException {
    List<Artifact> artifacts = new ArrayList<>();
    for (Path kernel : directories(directory(driver))) {
      @Nullable Artifact artifact = entry(kernel).artifact();
      if (artifact != null
          && artifact.manifest().driver().equals(driver.name())
          && artifact.manifest().version().equals(driver.version())) {
        artifacts.add(artifact);
      }
    }
    artifacts.sort(Comparator.comparing((Artifact one) -> one.manifest().kernel()).reversed());
    return artifacts;
  }

  /** The artifact of that driver for that kernel, if it is there and its manifest can be read. */
  public Optional<Artifact> of(Driver driver, Kernel kernel) throws IOException {
    Path place = directory(driver).resolve(kernel.release());
    return Files.isDirectory(place)
        ? Optional.ofNullable(entry(place).artifact())
        : Optional.empty();
  }

  /**
   * Changes whenever an artifact of that version of the driver comes or goes; empty if it has none.
   */
  public Optional<String> digest(Driver driver) throws IOException {
    List<String> stamps = new ArrayList<>();
    for (Path kernel : directories(directory(driver))) {
      stamps.add(String.valueOf(FileStamp.of(kernel.resolve(MANIFEST)).orElse(null)));
    }
    return stamps.isEmpty()
        ? Optional.empty()
        : Optional.of(Sha256.of(String.join("\n", stamps)).substring(0, DIGITS));
  }

  private Path directory(Driver driver) {
    return directory.resolve(driver.name() + "-" + driver.version());
  }

  private static Entry entry(Path place) {
    try {
      Manifest manifest =
          Manifest.read(Files.readString(place.resolve(MANIFEST), StandardCharsets.UTF_8));
      if (!place.endsWith(
          Path.of(manifest.driver() + "-" + manifest.version(), manifest.kernel().release()))) {
        return new Entry(place, null, "its manifest is of another place");
      }
      var artifact = new Artifact(place, manifest);
      artifact.size();
      return new Entry(place, artifact, null);
    } catch (DamagedArtifactException damaged) {
      return new Entry(place, null, damaged.getMessage());
    } catch (NoSuchFileException missing) {
      return new Entry(
          place, null, "its " + Path.of(missing.getFile()).getFileName() + " is missing");
    } catch (IOException unreadable) {
      return new Entry(place, null, "its files cannot be read: " + IoErrors.text(unreadable));
    }
  }

  /**
   * Stores an artifact in place of the one for that kernel.
   *
   * @param files each module's file, by its name in the artifact
   * @throws IOException if there is no room; what was there before still is
   */
  public void add(Manifest manifest, Map<String, Path> files)
      throws IOException, InterruptedException {
    createPrivate(directory);
    try (LockFile held = LockFile.await(lock, () -> {})) {
      Path driver = directory.resolve(manifest.driver() + "-" + manifest.version());
      createPrivate(driver);
      Path partial = driver.resolve(PARTIAL + manifest.kernel().release());
      FileUtils.deleteDirectory(partial.toFile());
      try {
        createPrivate(partial);
        for (Map.Entry<String, Path> file : new TreeMap<>(files).entrySet()) {
          AtomicFile.copy(file.getValue(), partial.resolve(file.getKey()));
        }
        AtomicFile.write(partial.resolve(MANIFEST), manifest.text());
        new Artifact(partial, manifest).verify();
        remove(driver.resolve(manifest.kernel().release()));
        Files.move(
            partial, driver.resolve(manifest.kernel().release()), StandardCopyOption.ATOMIC_MOVE);
        AtomicFile.sync(driver);
      } catch (DamagedArtifactException changed) {
        throw new IOException(
            partial + ": " + changed.getMessage() + " while it was stored", changed);
      } finally {
        FileUtils.deleteDirectory(partial.toFile());
      }
    }
  }

  /** Removes what is in a place of the store. */
  public void remove(Entry entry) throws IOException, InterruptedException {
    try (LockFile held = LockFile.await(lock, () -> {})) {
      remove(entry.directory());
    }
  }

  private static void remove(Path place) throws IOException {
    if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
      // In one step: half an artifact is not to be taken for a damaged one.
      Path gone = place.resolveSibling(PARTIAL + "gone-" + place.getFileName());
      FileUtils.deleteDirectory(gone.toFile());
      Files.move(place, gone, StandardCopyOption.ATOMIC_MOVE);
      FileUtils.deleteDirectory(gone.toFile());
    }
  }

  /**
   * Removes what a crash has left, what is damaged, and the oldest artifacts past the limits.
   *
   * @param kept kernels whose artifacts stay within the limits of twice as much
   * @return what was removed but for what a crash has left
   */
  public List<Path> trim(Set<Kernel> kept) throws IOException, InterruptedException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<Path> removed = new ArrayList<>();
    try (LockFile held = LockFile.await(lock, () -> {})) {
      for (Path driver : directories(directory)) {
        for (Path entry : DirectoryListing.of(driver)) {
          if (entry.getFileName().toString().startsWith(PARTIAL)) {
            FileUtils.forceDelete(entry.toFile());
          }
        }
      }
      long bytes = 0;
      int number = 0;
      for (Entry entry : byWorth(list(), kept)) {
        @Nullable Artifact artifact = entry.artifact();
        boolean fits = false;
        if (artifact != null) {
          int share = kept.contains(artifact.manifest().kernel()) ? 1 : 2;
          bytes += artifact.size();
          number++;
          fits = bytes <= MAX_BYTES / share && number <= MAX_ARTIFACTS / share;
        }
        if (!fits) {
          remove(entry.directory());
          removed.add(entry.directory());
        }
      }
      for (Path driver : directories(directory)) {
        if (DirectoryListing.of(driver).isEmpty()) {
          Files.deleteIfExists(driver);
        }
      }
    }
    return removed;
  }

  /** Those of kept kernels first, then the newest; the damaged ones are nothing worth. */
  private static List<Entry> byWorth(List<Entry> entries, Set<Kernel> kept) {
    return entries.stream()
        .sorted(
            Comparator.comparing((Entry entry) -> isOf(entry, kept) ? 0 : 1)
                .thenComparing(ArtifactStore::made, Comparator.reverseOrder()))
        .toList();
  }

  private static boolean isOf(Entry entry, Set<Kernel> kernels) {
    Artifact artifact = entry.artifact();
    return artifact != null && kernels.contains(artifact.manifest().kernel());
  }

  private static Instant made(Entry entry) {
    Artifact artifact = entry.artifact();
    return artifact == null ? Instant.EPOCH : artifact.manifest().made();
  }

  private static void createPrivate(Path place) throws IOException {
    if (!Files.isDirectory(place)) {
      Files.createDirectories(Objects.requireNonNull(place.getParent()));
      Files.createDirectory(
          place,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  private static List<Path> directories(Path parent) throws IOException {
    try {
      return DirectoryListing.of(parent).stream()
          .filter(entry -> !entry.getFileName().toString().startsWith(PARTIAL))
          .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .toList();
    } catch (NoSuchFileException gone) {
      return List.of();
    }
  }
}
