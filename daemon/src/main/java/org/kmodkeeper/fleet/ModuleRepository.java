package org.kmodkeeper.fleet;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/**
 * A directory of packages with its metadata. Whoever reads it meanwhile sees the repository as it
 * was or as it will be: packages are there before the metadata that lists them, and go after it;
 * the metadata is replaced by the rename of {@code repomd.xml}.
 */
final class ModuleRepository implements AutoCloseable {
  private static final Duration INDEX_TIMEOUT = Duration.ofHours(1);

  /** What is ours alone: the lock, what is not complete, and what the metadata was made from. */
  private static final String OWN = ".kmodkeeper";

  private static final String INDEX = "repomd.xml";

  private static final Pattern OURS = Pattern.compile("kmod-.*|.*-kmod-common-.*");

  /** What only a repository has. */
  private static final Pattern REPOSITORY =
      Pattern.compile("repodata|" + Pattern.quote(OWN) + "|.*\\.rpm");

  /** What a directory may have that is to become one. */
  private static final Pattern HARMLESS = Pattern.compile("lost\\+found|RPM-GPG-KEY.*");

  /** Metadata whose names begin with their digests; those that repomd.xml names are in use. */
  private static final Pattern METADATA = Pattern.compile("[0-9a-f]{32,128}-.*");

  private static final Pattern USED = Pattern.compile("href=\"repodata/([^\"/]+)\"");

  private final Path directory;
  private final Path stage;
  private final Path packed;
  private final LockFile lock;

  private ModuleRepository(Path directory, LockFile lock) {
    this.directory = directory;
    this.stage = directory.resolve(OWN).resolve("stage");
    this.packed = directory.resolve(OWN).resolve("packages");
    this.lock = lock;
  }

  /**
   * Opens the repository, for one at a time; makes the directory if there is none, and removes what
   * one that was killed has left.
   *
   * @param waiting called once if another one is at it, which is waited for
   */
  static ModuleRepository open(Path directory, Runnable waiting)
      throws IOException, InterruptedException {
    checkPurpose(make(directory));
    Path file = Files.createDirectories(directory.resolve(OWN)).resolve("lock");
    LockFile held = LockFile.takeOrAwait(file, waiting);
    var repository = new ModuleRepository(directory.toRealPath(), held);
    repository.sweep();
    return repository;
  }

  /** A wrong name must not make a repository of other files. */
  private static void checkPurpose(Path directory) throws IOException {
    List<String> names = DirectoryListing.names(directory);
    if (names.stream().noneMatch(name -> REPOSITORY.matcher(name).matches())
        && !names.stream().allMatch(name -> HARMLESS.matcher(name).matches())) {
      throw new FileSystemException(
          directory.toString(), null, "it has other files, and neither repodata nor packages");
    }
  }

  /** Makes a directory, unless it is there. */
  static Path make(Path directory) throws IOException {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new FileSystemException(directory.toString(), null, "it is not a directory");
    }
    return Files.createDirectories(directory);
  }

  private void sweep() throws IOException {
    FileUtils.deleteDirectory(stage.toFile());
  }

  /** Where packages are made; it is gone once this is closed. */
  Path stage() throws IOException {
    return Files.createDirectories(
        stage, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** All packages, wherever below the directory they are; also foreign ones. */
  List<Path> packages() throws IOException {
    try (Stream<Path> below = Files.walk(directory)) {
      return below
          .filter(file -> file.toString().endsWith(".rpm"))
          .filter(file -> !file.startsWith(directory.resolve(OWN)))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    }
  }

  /** Those that may be ours, by their places and names. */
  List<Path> ours() throws IOException {
    return packages().stream()
        .filter(file -> directory.equals(file.getParent()))
        .filter(file -> OURS.matcher(file.getFileName().toString()).matches())
        .toList();
  }

  /** Puts packages out of the stage in place; what is listed of the same name is not touched. */
  List<Path> add(Collection<Path> files) throws IOException {
    List<Path> places = new ArrayList<>();
    for (Path file : files) {
      Path place = directory.resolve(file.getFileName());
      if (Files.exists(place)) {
        String name = place.getFileName().toString().replaceFirst("rpm$", Sha256.of(file));
        place = place.resolveSibling(name + ".rpm");
      }
      Files.move(file, place, StandardCopyOption.ATOMIC_MOVE);
      places.add(place);
    }
    AtomicFile.sync(directory);
    return places;
  }

  /**
   * Has the metadata list all packages but some, and then removes these. Writes nothing if it does
   * so already.
   */
  void publish(CommandRunner runner, Set<Path> removed) throws IOException, InterruptedException {
    List<Path> listed =
        packages().stream().filter(file -> !removed.contains(file)).sorted().toList();
    if (!isIndexOf(listed)) {
      index(runner, listed);
      AtomicFile.write(packed, state(listed));
    }
    for (Path file : removed) {
      Files.deleteIfExists(file);
    }
  }

  private boolean isIndexOf(List<Path> listed) throws IOException {
    try {
      return Files.readString(packed).equals(state(listed));
    } catch (NoSuchFileException never) {
      return false;
    }
  }

  /** What metadata was made from, and which: somebody else may have made it since. */
  private String state(List<Path> listed) throws IOException {
    StringBuilder state = new StringBuilder(Sha256.of(metadata().resolve(INDEX))).append('\n');
    for (Path file : listed) {
      state
          .append(directory.relativize(file))
          .append(' ')
          .append(Files.size(file))
          .append(' ')
          .append(Files.getLastModifiedTime(file))
          .append('\n');
    }
    return state.toString();
  }

  private Path metadata() {
    return directory.resolve("repodata");
  }

  private void index(CommandRunner runner, List<Path> listed)
      throws IOException, InterruptedException {
    Path made = stage().resolve("repodata");
    FileUtils.deleteDirectory(made.toFile());
    Files.createDirectories(made);
    for (Path file : DirectoryListing.of(metadata())) {
      Files.createLink(made.resolve(file.getFileName()), file);
    }
    List<String> names =
        listed.stream().map(file -> directory.relativize(file).toString()).toList();
    Path list = Files.write(stage.resolve("list"), names);
    Completed ran =
        runner.run(
            Command.of(
                    "createrepo_c",
                    "--quiet",
                    "--update",
                    "--no-database",
                    // What each dnf and yum can read.
                    "--general-compress-type=gz",
                    "--pkglist=" + list,
                    "--outputdir=" + stage,
                    directory.toString())
                .within(INDEX_TIMEOUT));
    if (!ran.succeeded()) {
      throw new IOException(
          directory
              + ": the metadata stays as it was: createrepo_c: "
              + ran.complaint()
              + IoErrors.lackOfSpace(stage));
    }
    replace(made);
  }

  /** The rename of {@code repomd.xml} is what counts; what the old one names stays for a while. */
  private void replace(Path made) throws IOException {
    Path metadata = Files.createDirectories(metadata());
    Set<String> kept = new HashSet<>(used(metadata.resolve(INDEX)));
    kept.addAll(used(made.resolve(INDEX)));
    for (Path file : DirectoryListing.of(made)) {
      if (!file.endsWith(INDEX)) {
        AtomicFile.sync(file);
        move(file, metadata);
      }
    }
    AtomicFile.sync(metadata);
    AtomicFile.sync(made.resolve(INDEX));
    move(made.resolve(INDEX), metadata);
    AtomicFile.sync(metadata);
    for (Path file : DirectoryListing.of(metadata)) {
      String name = file.getFileName().toString();
      if (METADATA.matcher(name).matches() && !kept.contains(name)) {
        Files.delete(file);
      }
    }
  }

  private static void move(Path file, Path to) throws IOException {
    Files.move(
        file,
        to.resolve(file.getFileName()),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static Set<String> used(Path index) throws IOException {
    Set<String> names = new HashSet<>();
    if (Files.exists(index)) {
      USED.matcher(Files.readString(index))
          .results()
          .map((MatchResult found) -> found.group(1))
          .forEach(names::add);
    }
    return names;
  }

  @Override
  public void close() throws IOException {
    try {
      sweep();
    } finally {
      lock.close();
    }
  }
}
