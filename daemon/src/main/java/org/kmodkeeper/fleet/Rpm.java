package org.kmodkeeper.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** rpmbuild(1), rpm(8), rpmkeys(8) and rpmsign(1). */
final class Rpm {
  private static final Duration BUILD_TIMEOUT = Duration.ofMinutes(10);

  /** Whoever signs may have to ask for it over a network. */
  private static final Duration SIGN_TIMEOUT = Duration.ofMinutes(10);

  /** How many packages rpm is asked about at once: its answer is bounded. */
  private static final int MAX_ASKED = 100;

  private static final String QUERY =
      "@ %{NAME} %{VERSION} %{RELEASE} %{ARCH}\\n[%{FILENAMES} %{FILEDIGESTS}\\n]";

  /**
   * What makes a package the same each time, on each host, and its files those that went in; and
   * lets rpm 4.14 to 6 install it, whichever of them has made it.
   */
  private static final Map<String, String> MACROS =
      Map.ofEntries(
          Map.entry("debug_package", "%{nil}"),
          Map.entry("__os_install_post", "%{nil}"),
          Map.entry("_build_id_links", "none"),
          Map.entry("_buildhost", "kmodkeeper"),
          Map.entry("source_date_epoch_from_changelog", "0"),
          Map.entry("use_source_date_epoch_as_buildtime", "1"),
          Map.entry("clamp_mtime_to_source_date_epoch", "1"),
          Map.entry("_build_name_fmt", "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm"),
          Map.entry("_binary_filedigest_algorithm", "8"),
          Map.entry("_binary_payload", "w6.xzdio"),
          Map.entry("_rpmformat", "4"));

  private final CommandRunner runner;

  Rpm(CommandRunner runner) {
    this.runner = runner;
  }

  /**
   * A package in a file.
   *
   * @param digests of its files, by path; those of directories are none
   */
  record RpmFile(
      Path file,
      String name,
      String version,
      String release,
      String architecture,
      Map<String, String> digests) {
    String nevra() {
      return name + "-" + version + "-" + release + "." + architecture;
    }
  }

  /**
   * Makes a package.
   *
   * @param stage a directory of our own, on the file system that the package goes to
   * @return its file, below {@code stage}
   * @throws IOException if rpmbuild fails; the message has its own words
   */
  Path build(PackageContent content, Path stage) throws IOException, InterruptedException {
    Path work = stage.resolve(content.name());
    FileUtils.deleteDirectory(work.toFile());
    Path root = work.resolve("root");
    Path spec = work.resolve("package.spec");
    try {
      Files.createDirectories(root);
      for (Map.Entry<String, PackageContent.Content> file : content.files().entrySet()) {
        file.getValue().writeTo(root.resolve(file.getKey().substring(1)));
      }
      Files.writeString(spec, content.spec());
    } catch (IOException failed) {
      throw new IOException(
          "cannot make " + content.fileName() + ": " + IoErrors.text(failed), failed);
    }
    List<String> argv = new ArrayList<>(List.of("rpmbuild", "-bb", "--quiet", "--nodeps"));
    argv.addAll(List.of("--target", content.architecture()));
    Map<String, String> macros = new HashMap<>(MACROS);
    macros.put("content", root.toString());
    macros.put("_topdir", work.toString());
    macros.put("_tmppath", work.toString());
    macros.put("_rpmdir", stage.toString());
    macros.forEach((name, value) -> argv.addAll(List.of("--define", name + " " + value)));
    argv.add(spec.toString());
    String epoch = Long.toString(content.made().getEpochSecond());
    Completed ran =
        runner.run(Command.of(argv).within(BUILD_TIMEOUT).with("SOURCE_DATE_EPOCH", epoch));
    Path made = stage.resolve(content.fileName());
    if (!ran.succeeded() || !Files.isRegularFile(made)) {
      throw new IOException(
          "cannot make "
              + content.fileName()
              + ": "
              + complaint(ran)
              + IoErrors.lackOfSpace(stage));
    }
    FileUtils.deleteDirectory(work.toFile());
    finish(made);
    return made;
  }

  /** Scripts are traced to stderr, and there are warnings. */
  private static String complaint(Completed ran) {
    return (ran.stderr() + ran.stdout())
        .lines()
        .filter(line -> line.startsWith("error: ") || line.contains("No space left on device"))
        .findFirst()
        .orElse(ran.complaint());
  }

  /**
   * Reads packages.
   *
   * @throws IOException if one is none
   */
  List<RpmFile> read(List<Path> files) throws IOException, InterruptedException {
    List<RpmFile> packages = new ArrayList<>();
    for (int from = 0; from < files.size(); from += MAX_ASKED) {
      List<Path> asked = files.subList(from, Math.min(from + MAX_ASKED, files.size()));
      Completed ran = query(asked);
      if (!ran.succeeded()) {
        throw unreadable(asked);
      }
      int at = 0;
      for (String line : ran.stdout().lines().toList()) {
        String[] words = line.split(" ", -1);
        if (words[0].equals("@")) {
          Path file = asked.get(at++);
          packages.add(new RpmFile(file, words[1], words[2], words[3], words[4], new HashMap<>()));
        } else if (words.length == 2 && !words[1].isEmpty()) {
          packages.get(packages.size() - 1).digests().put(words[0], words[1]);
        }
      }
    }
    return packages;
  }

  /** A file that is no package is not taken for a list of packages. */
  private Completed query(List<Path> files) throws IOException, InterruptedException {
    return runner.run(
        on(files, "rpm", "-qp", "--nosignature", "--nomanifest", "--queryformat", QUERY));
  }

  /** rpm does not always name the one that is at fault. */
  private IOException unreadable(List<Path> files) throws IOException, InterruptedException {
    for (Path file : files) {
      Completed ran = query(List.of(file));
      if (!ran.succeeded()) {
        return new IOException(
            "cannot read the package " + file + ": " + ran.complaint() + "; remove it");
      }
    }
    return new IOException("packages were changed meanwhile; try again");
  }

  /** Those of the packages that nobody has signed. */
  Set<Path> unsigned(List<Path> files) throws IOException, InterruptedException {
    Set<Path> unsigned = new HashSet<>(files);
    for (int from = 0; from < files.size(); from += MAX_ASKED) {
      List<Path> asked = files.subList(from, Math.min(from + MAX_ASKED, files.size()));
      // It fails if it does not know the key: that is no concern of this host.
      Completed ran = runner.run(on(asked, "rpmkeys", "--checksig"));
      List<String> lines = ran.stdout().lines().toList();
      unsigned.removeIf(
          file ->
              lines.stream()
                  .filter(line -> line.startsWith(file + ": "))
                  .map(line -> line.substring(file.toString().length()))
                  .anyMatch(PackageManager::tellsOfSignature));
    }
    return unsigned;
  }

  /**
   * Signs packages in place.
   *
   * @throws IOException if one is not signed afterwards
   */
  void sign(List<Path> files, Signing signing) throws IOException, InterruptedException {
    String[] command = signing.command();
    if (command.length == 0 || files.isEmpty()) {
      return;
    }
    Completed ran = runner.run(on(files, command).within(SIGN_TIMEOUT));
    if (!ran.succeeded()) {
      throw new IOException("cannot sign the packages by " + signing + ": " + whyUnsigned(ran));
    }
    Set<Path> unsigned = unsigned(files);
    for (Path file : files) {
      if (unsigned.contains(file)) {
        throw new IOException("not signed by " + signing + ": " + file.getFileName());
      }
      finish(file);
    }
  }

  /** rpmsign's own error is only that gpg failed. */
  private static String whyUnsigned(Completed ran) {
    return ran.stderr()
        .lines()
        .filter(line -> line.startsWith("gpg: "))
        .reduce((older, newer) -> newer)
        .orElseGet(() -> complaint(ran));
  }

  /** Makes a package readable for a web server, and has it last. */
  private static void finish(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    AtomicFile.sync(file);
  }

  private static Command on(List<Path> files, String... argv) {
    List<String> all = new ArrayList<>(List.of(argv));
    files.forEach(file -> all.add(file.toString()));
    return Command.of(all);
  }
}
