package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.adopt.Identity.Hint;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.process.CommandRunner;

/**
 * Takes a driver's source in: from an archive or a directory to a source in {@code /usr/src} that
 * dkms knows and the daemon keeps.
 *
 * <p>Nothing of it has its name before it is whole and checked, and a version that is ready stays
 * the one that is kept until the new one is proven for each kernel. After a kill it is repeated.
 */
public final class Adoption {
  private static final String DKMS_CONF = DkmsConfFile.NAME;

  private final HostPaths paths;
  private final SourceAnalyzer analyzer;
  private final UpgradeCheck upgradeCheck;
  private final DriverRegistration registration;
  private final StepRunner steps;

  public Adoption(
      HostPaths paths, CommandRunner runner, Settings settings, Clock clock, StepRunner steps)
      throws IOException {
    this.paths = paths;
    this.steps = steps;
    this.analyzer = new SourceAnalyzer(paths, new DkmsConfReader(paths, runner));
    this.upgradeCheck = new UpgradeCheck(paths, runner, settings, clock, steps);
    this.registration = new DriverRegistration(paths, runner, steps);
  }

  /**
   * What the operator asks for.
   *
   * @param source an archive or a directory
   * @param directory the directory of it that the driver is in; empty if the operator does not say
   * @param asked the driver's name and version, where the operator gives them
   */
  public record AdoptRequest(Path source, Path directory, Hint asked) {
    private boolean isOfAll() {
      return directory.toString().isEmpty();
    }

    private String label() {
      return source.toString();
    }
  }

  /**
   * A source that is whole, examined and waits for its place.
   *
   * @param tree where it is now
   * @param place where it belongs
   */
  private record Prepared(AnalyzedSource candidate, Path tree, Path place) {
    boolean isThere() {
      return tree.equals(place);
    }
  }

  /**
   * Adopts a driver.
   *
   * @throws RefusedException if it is not done; all is as it was
   * @throws IOException if it could not be completed; it can be repeated
   */
  public void adopt(AdoptRequest request)
      throws IOException, InterruptedException, RefusedException {
    LockFile only =
        LockFile.take(paths.adoptionLock(), "wait until the other adopt or drop has ended");
    try (StagingDirectory staging = StagingDirectory.begin(paths)) {
      FileUtils.deleteDirectory(paths.rehearsals().toFile());
      Prepared prepared = prepare(request, staging);
      upgradeCheck.prove(prepared.candidate(), prepared.tree());
      steps.exclusively(
          paths.changeLock(),
          () -> {
            steps.run(() -> put(request, prepared, staging));
            registration.register(prepared.candidate());
          });
    } finally {
      only.close();
    }
  }

  private Prepared prepare(AdoptRequest request, StagingDirectory staging)
      throws IOException, InterruptedException, RefusedException {
    SourceTree tree = open(request.source());
    SourceListing contents = SourceListing.of(request.label(), tree);
    Optional<Prepared> inPlace = inPlace(request);
    Prepared prepared =
        inPlace.isPresent() ? inPlace.get() : unpack(request, tree, contents, staging);
    if (prepared.isThere()) {
      steps.line("source", prepared.place() + ", already there");
    } else {
      SourceListing kept =
          request.isOfAll()
              ? contents
              : SourceListing.of(request.label(), new DirectorySource(prepared.tree()));
      String size = FileUtils.byteCountToDisplaySize(kept.bytes());
      steps.change("source", prepared.place() + ": " + kept.files() + " files, " + size);
    }
    if (analyzer.changes(prepared.candidate(), prepared.tree()) || !prepared.isThere()) {
      steps.change(DKMS_CONF, prepared.candidate().remark());
    }
    for (Path other : prepared.candidate().others()) {
      steps.line("also found", other + ", another driver: --directory " + other);
    }
    return prepared;
  }

  private static SourceTree open(Path source) throws IOException, RefusedException {
    if (Files.isDirectory(source)) {
      return new DirectorySource(source.toRealPath());
    }
    if (Files.isRegularFile(source)) {
      return new TarSource(source);
    }
    throw new RefusedException(
        source
            + (Files.exists(source) ? ": neither an archive nor a directory" : ": does not exist"));
  }

  /** A source that was unpacked by hand to where it belongs stays there. */
  private Optional<Prepared> inPlace(AdoptRequest request)
      throws IOException, InterruptedException, RefusedException {
    if (!Files.isDirectory(request.source()) || !request.isOfAll()) {
      return Optional.empty();
    }
    Path directory = request.source().toRealPath();
    if (!paths.sources().toRealPath().equals(directory.getParent())) {
      return Optional.empty();
    }
    SourceInPlace.requireOwner(directory);
    AnalyzedSource candidate =
        analyzer.examine(
            directory,
            request.label(),
            request.asked(),
            names(request, directory),
            request.directory());
    Path place = place(candidate);
    return Files.isDirectory(place) && Files.isSameFile(place, directory)
        ? Optional.of(new Prepared(candidate, place, place))
        : Optional.empty();
  }

  private Prepared unpack(
      AdoptRequest request, SourceTree tree, SourceListing contents, StagingDirectory staging)
      throws IOException, InterruptedException, RefusedException {
    Path directory = staging.directory();
    var unpacker = new Unpacker(directory, new SourceValidator(request.label(), contents.top()));
    tree.read(unpacker);
    unpacker.finish();
    DriverDirectory chosen = DriverDirectory.in(directory, request.directory(), request.label());
    if (chosen.isWhole()) {
      staging.narrow(chosen.directory());
    }
    if (chosen.isWhole() || request.isOfAll()) {
      DriverDirectory.putConfInPlace(directory);
    }
    List<String> names = names(request, Path.of(contents.top()));
    Path within = chosen.isWhole() ? Path.of("") : request.directory();
    AnalyzedSource candidate =
        analyzer.examine(directory, request.label(), request.asked(), names, within);
    analyzer.write(candidate, directory, request.label());
    Path place = place(candidate);
    if (Files.isSymbolicLink(place)) {
      throw new RefusedException(
          place + " is a link; remove it, so that the source itself can be put there: rm " + place);
    }
    if (!Files.exists(place)) {
      return new Prepared(candidate, directory, place);
    }
    return sameIn(place, candidate, directory, names, request);
  }

  /** What is in its place already must be the same, but for what adoptions make of a dkms.conf. */
  private Prepared sameIn(
      Path place,
      AnalyzedSource candidate,
      Path directory,
      List<String> names,
      AdoptRequest request)
      throws IOException, InterruptedException, RefusedException {
    SourceInPlace.requireOwner(place);
    Optional<String> difference = SourceInPlace.firstDifference(place, directory, DKMS_CONF);
    if (difference.isEmpty()) {
      AnalyzedSource there =
          analyzer.examine(place, place.toString(), request.asked(), names, request.directory());
      if (installed(there).equals(installed(candidate))) {
        return new Prepared(there, place, place);
      }
    }
    throw new RefusedException(
        ("%s: differs from %s, which already exists, in %s; to use that one: kmodkeeper adopt %s;"
                + " or give this one its own --version")
            .formatted(request.label(), place, difference.orElse(DKMS_CONF), place));
  }

  /** The dkms.conf whether or not dkms is to install the version now. */
  private static String installed(AnalyzedSource candidate) {
    return DkmsConfFile.set(candidate.dkmsConf(), "AUTOINSTALL", "yes");
  }

  private static List<String> names(AdoptRequest request, Path directory) {
    return List.of(
        String.valueOf(directory.getFileName()), String.valueOf(request.source().getFileName()));
  }

  private Path place(AnalyzedSource candidate) {
    return paths.sources().resolve(candidate.identity().directory());
  }

  private void put(AdoptRequest request, Prepared prepared, StagingDirectory staging)
      throws IOException, InterruptedException, RefusedException {
    if (prepared.isThere()) {
      analyzer.write(prepared.candidate(), prepared.place(), request.label());
    } else {
      staging.publish(prepared.place());
    }
  }
}
