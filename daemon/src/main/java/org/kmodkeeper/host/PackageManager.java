package org.kmodkeeper.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.process.TransientUnit;

/** dnf(8), or yum(8) where there is no dnf. */
public final class PackageManager {
  /** A download over a slow line; the package is some 25 MB. */
  private static final Duration INSTALL_TIMEOUT = Duration.ofMinutes(10);

  /** What rpm says of a package with a signature, such as "digests signatures OK". */
  private static final Pattern SIGNED = Pattern.compile("(?i)\\b(signatures|pgp|gpg)\\b");

  /** A line of a repository's configuration. */
  private static final Pattern UNCHECKED =
      Pattern.compile("(?im)^(pkg_)?gpgcheck = (0|no|false)\\s*$");

  static final String YUM = "yum";
  private static final String DNF = "dnf";
  private static final String NAME = "%{name}-%{version}-%{release}.%{arch}";

  /** Begins a line that tells of a package: a program may say other things as well. */
  private static final String MARK = "@ ";

  private static final Pattern OFFERED = Pattern.compile("@ (\\S+) (\\S+)");
  private static final String UNIT = "kmodkeeper-packages.service";

  private final HostPaths paths;
  private final CommandRunner runner;
  private final Confinement confinement;

  /** For a program that is as free as its caller. */
  public PackageManager(HostPaths paths, CommandRunner runner) {
    this(paths, runner, Confinement.NONE);
  }

  private PackageManager(HostPaths paths, CommandRunner runner, Confinement confinement) {
    this.paths = paths;
    this.runner = runner;
    this.confinement = confinement;
  }

  /** How the process that asks is confined. */
  private enum Confinement {
    NONE,
    /** It has no network and cannot write to /usr, and what it has begun must not end with it. */
    SERVICE
  }

  /** For the daemon: each command is a unit of its own. */
  public static PackageManager forDaemon(HostPaths paths, CommandRunner runner) {
    return new PackageManager(paths, runner, Confinement.SERVICE);
  }

  private Completed run(Command command) throws IOException, InterruptedException {
    return run(command, (script, timed) -> script.lasting(UNIT, timed));
  }

  private Completed run(Command command, BiFunction<TransientUnit, Command, Command> wrapped)
      throws IOException, InterruptedException {
    Command timed = command.within(INSTALL_TIMEOUT);
    if (confinement == Confinement.NONE) {
      return runner.run(timed);
    }
    if (paths.root().getNameCount() > 0) {
      throw new IOException("packages are installed only on the host itself, not below a root");
    }
    var unit = new TransientUnit(paths.transientUnit(), paths.systemdRuns());
    Completed ran = runner.run(wrapped.apply(unit, timed));
    return new Completed(timed, ran.ending(), ran.took(), ran.stdout(), ran.stderr());
  }

  /**
   * Installs the headers of exactly that kernel. Another transaction that runs is waited for: both
   * programs take their lock by turns.
   *
   * @throws IOException if neither program is installed, or this is not the host itself
   */
  public Completed installHeaders(Kernel kernel, Path log)
      throws IOException, InterruptedException {
    return transaction("install", headers(kernel), log);
  }

  private Completed transaction(String command, String what, Path log)
      throws IOException, InterruptedException {
    return run(Command.of(name(runner.searchPath()), "--assumeyes", command, what).loggingTo(log));
  }

  /**
   * Installs the package in a file, or installs it once more. What it requires comes from the
   * enabled repositories.
   *
   * @param name of the package, with version, release and architecture
   */
  public Completed install(Path file, String name, Path log)
      throws IOException, InterruptedException {
    boolean installed = runner.run(Command.of("rpm", "--query", "--quiet", name)).succeeded();
    return transaction(installed ? "reinstall" : "install", file.toString(), log);
  }

  /**
   * Installs packages and all that they need below a root directory that has a list of packages of
   * its own; the host's own is left alone. Repositories and their checks are the host's.
   *
   * @param unit it ends with its caller, unlike a transaction on the host
   * @param packages names, files or capabilities
   */
  public Completed installBelow(Path directory, String unit, List<String> packages, Path log)
      throws IOException, InterruptedException {
    List<String> argv = new ArrayList<>(List.of(name(runner.searchPath()), "--assumeyes"));
    argv.add("--installroot=" + directory);
    // Two ways to say that the release is the host's: nothing below the directory tells it yet.
    argv.add(isDnf5() ? "--use-host-config" : "--releasever=/");
    argv.addAll(List.of("--setopt=install_weak_deps=0", "--setopt=tsflags=nodocs", "install"));
    argv.addAll(packages);
    return run(Command.of(argv).loggingTo(log), (script, timed) -> script.bound(unit, timed));
  }

  /** Removes the directory, and ends the unit that may still be installing there. */
  public void removeBelow(Path directory, String unit) throws IOException, InterruptedException {
    if (confinement == Confinement.SERVICE && Files.isDirectory(paths.systemdRuns())) {
      runner.run(Command.of("systemctl", "stop", unit));
    }
    FileUtils.deleteDirectory(directory.toFile());
  }

  private boolean isDnf5() throws IOException {
    Optional<Path> dnf = runner.searchPath().find(DNF);
    return dnf.isPresent() && dnf.get().toRealPath().endsWith("dnf5");
  }

  /**
   * The packages of that name in the enabled repositories, which are asked anew, the newest first.
   *
   * @param log is overwritten with what the package manager says
   * @throws IOException if it cannot tell
   */
  public List<OfferedPackage> offered(String name, Path log)
      throws IOException, InterruptedException {
    List<String> argv = repoquery();
    argv.addAll(List.of("--queryformat", MARK + NAME + " %{repoid}\\n", name));
    Files.write(log, new byte[0]);
    Completed asked = run(Command.of(argv).loggingTo(log));
    List<OfferedPackage> found = new ArrayList<>();
    String last = asked.ending().toString();
    for (String line : Files.readAllLines(log, ISO_8859_1)) {
      Matcher one = OFFERED.matcher(line);
      if (one.matches()) {
        found.add(new OfferedPackage(one.group(1), one.group(2)));
      } else if (!line.isBlank()) {
        last = line.strip();
      }
    }
    if (!asked.succeeded()) {
      throw new IOException("cannot read what the repositories offer: " + last);
    }
    found.sort(Comparator.comparing(OfferedPackage::name, Kernel.VERSION_ORDER).reversed());
    return found;
  }

  /** A command that asks the repositories anew, however long their metadata may be kept. */
  private List<String> repoquery() throws IOException, InterruptedException {
    if (!isYum()) {
      return new ArrayList<>(List.of(DNF, "--refresh", "--quiet", "repoquery", "--available"));
    }
    // What dnf has an option for; if it fails, they are asked anew when they would be by
    // themselves.
    run(Command.of(YUM, "--quiet", "clean", "expire-cache"));
    // Of yum-utils; it loads no plugins.
    return new ArrayList<>(List.of("repoquery", "--show-duplicates"));
  }

  /**
   * What the packages provide that the enabled repositories have and that provide one of the
   * capabilities: a line with the mark, the package's name with version, release and architecture,
   * a blank and its repository; then one line for each. The repositories are asked anew. One that
   * cannot be read is a failure, also one that is usually skipped then: what it offers would seem
   * to be gone.
   *
   * @param capabilities a glob
   * @param output the file that all of this goes to; it may have some 400 KB for each kernel
   */
  public Completed provides(String capabilities, String mark, Path output)
      throws IOException, InterruptedException {
    List<String> argv = repoquery();
    argv.addAll(
        List.of(
            "--setopt=*.skip_if_unavailable=0",
            "--queryformat",
            mark + NAME + " %{repoid}\\n%{provides}\\n",
            "--whatprovides",
            capabilities));
    return run(Command.of(argv).loggingTo(output));
  }

  /**
   * Downloads one package, which is not installed, from no other repository.
   *
   * @param name as {@link #provides} names it
   * @param directory where the file goes; there is nothing else in it
   */
  public Completed download(String name, String repository, Path directory, Path log)
      throws IOException, InterruptedException {
    String destination = directory.toString();
    List<String> argv = new ArrayList<>();
    if (isYum()) {
      argv.addAll(List.of("yumdownloader", "--quiet", "--destdir", destination));
      // Unlike dnf's, our plugin would hide what it holds back: it is not told the command.
      argv.add("--disableplugin=kmodkeeper");
      argv.addAll(List.of("--disablerepo=*", "--enablerepo=" + repository));
    } else {
      argv.addAll(List.of(DNF, "--quiet", "download", "--destdir", destination));
      argv.add("--repo=" + repository);
    }
    argv.add(name);
    return run(Command.of(argv).loggingTo(log));
  }

  /**
   * Why a downloaded package would not be installed from its repository; empty if it would. Neither
   * program looks at signatures when it only downloads.
   *
   * @param scratch a file that is overwritten
   */
  public Optional<String> distrusts(Path file, String repository, Path scratch)
      throws IOException, InterruptedException {
    Completed checked = runner.run(Command.of("rpmkeys", "--checksig", file.toString()));
    String result = checked.stdout().strip();
    String said = result.substring(result.indexOf(": ") + 1).strip();
    if (!checked.succeeded()) {
      return Optional.of("rpm does not trust it: " + (said.isEmpty() ? checked.complaint() : said));
    }
    return tellsOfSignature(said) || !isSigned(repository, scratch)
        ? Optional.empty()
        : Optional.of("it is not signed, and its repository " + repository + " has gpgcheck");
  }

  /** Whether a package has a signature, good or not, by what rpmkeys(8) says of it. */
  public static boolean tellsOfSignature(String said) {
    return SIGNED.matcher(said).find();
  }

  /** Whether the packages of a repository have to be signed; so they have if that is not known. */
  private boolean isSigned(String repository, Path scratch)
      throws IOException, InterruptedException {
    Stream<List<String>> dumps =
        isYum()
            ? Stream.of(List.of("yum-config-manager", repository))
            : Stream.of(
                List.of(DNF, "--quiet", "config-manager", "--dump", repository),
                List.of(DNF, "--quiet", "--dump-repo-config=" + repository));
    for (List<String> dump : dumps.toList()) {
      Files.write(scratch, new byte[0]);
      if (run(Command.of(dump).loggingTo(scratch)).succeeded()) {
        return !UNCHECKED.matcher(Files.readString(scratch, ISO_8859_1)).find();
      }
    }
    return true;
  }

  private boolean isYum() {
    return name(runner.searchPath()).equals(YUM);
  }

  /** The one that is here, or would be. */
  static String name(SearchPath programs) {
    return programs.find(DNF).isEmpty() && programs.find(YUM).isPresent() ? YUM : DNF;
  }

  /**
   * What the package of the kernel's headers provides. Its own name differs for each variant, and
   * so does where the variant stands: {@code kernel-debug-devel} for {@code .x86_64.debug} on EL 7,
   * {@code kernel-64k-devel} for {@code +64k} on EL 9. There a {@code -} in the variant's name,
   * which a version cannot have, is {@code _}. Oracle's UEK has its own capability.
   *
   * <p>One {@code =} with blanks is the only form that yum 3, dnf 4 and dnf 5 all take: dnf 5 finds
   * nothing with {@code ==}, which dnf 4 calls deprecated.
   */
  public static String headers(Kernel kernel) {
    return capability(kernel, "devel-");
  }

  /** What the package of the kernel's image provides, written likewise. */
  public static String image(Kernel kernel) {
    return capability(kernel, "");
  }

  private static String capability(Kernel kernel, String part) {
    String release = kernel.release();
    int variant = release.indexOf('+') + 1;
    String version =
        variant == 0
            ? release
            : release.substring(0, variant) + release.substring(variant).replace('-', '_');
    String kind = release.matches(".*\\.el\\d+uek\\..*") ? "kernel-uek-" : "kernel-";
    return kind + part + "uname-r = " + version;
  }
}
