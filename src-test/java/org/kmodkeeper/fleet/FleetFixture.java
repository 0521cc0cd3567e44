package org.kmodkeeper.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.Manifest;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;
import org.kmodkeeper.testing.TestModule;
import org.kmodkeeper.testing.TestSettings;

/** A builder with ixgbevf 1.2-3, one kernel and a build for it, and with the real rpm. */
@DisplayNameGeneration(ReplaceUnderscores.class)
abstract class FleetFixture {
  static final Kernel OLD = new Kernel("6.1.0-1.el9.x86_64");
  static final Kernel NEW = new Kernel("6.1.0-2.el9.x86_64");
  static final Instant MADE = Instant.parse("2026-03-01T12:00:00.5Z");
  static final String COMMON = "ixgbevf-kmod-common";
  static final String OF_OLD = "kmod-ixgbevf-" + OLD;
  static final String OF_NEW = "kmod-ixgbevf-" + NEW;
  private static final String FILE = "ixgbevf.ko.xz";

  final HostFixture host;
  final ArtifactStore store;
  final Driver driver;
  final Path repository;
  private final TestClock clock = new TestClock();
  Policy policy = HostFixture.driver("ixgbevf");

  FleetFixture(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    store = new ArtifactStore(host.paths());
    driver = new Driver("ixgbevf", "1.2-3", host.source("ixgbevf", "1.2-3"), List.of("ixgbevf"));
    repository = root.resolve("srv/repository");
  }

  @BeforeEach
  void build_for_the_installed_kernel() throws Exception {
    host.standIn("dnf", "true");
    host.kernel(OLD.release());
    store(OLD, MADE);
  }

  /** The programs of this machine, but for those that a stand-in takes the place of. */
  CommandRunner runner() {
    return new CommandRunner(
        new SearchPath(
            List.of(host.root().resolve("stand-ins"), Path.of("/usr/sbin"), Path.of("/usr/bin"))));
  }

  /** Has dnf offer kernels whose packages say which symbols they provide. */
  void offer(Kernel... kernels) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Kernel kernel : kernels) {
      lines.append("@ kernel-core base\nkernel-uname-r = ").append(kernel);
      lines.append("\nkernel(netif_rx) = 0x00000001\n");
    }
    host.standIn(
        "dnf", "cat " + HostFixture.write(host.root().resolve("offered"), lines.toString()));
  }

  /** Stores a build of the source as it is. */
  void store(Kernel kernel, Instant made) throws Exception {
    store(kernel, made, "1.2-3");
  }

  /** Stores a build of the source of that version. */
  void store(Kernel kernel, Instant made, String version) throws Exception {
    Path module =
        TestModule.named("ixgbevf")
            .version(version)
            .builtFor(kernel.release() + " modversions")
            .at(host.root().resolve("built").resolve(kernel.release()).resolve(FILE));
    Path directory = host.paths().sources().resolve("ixgbevf-" + version);
    var of = new Driver("ixgbevf", version, directory, List.of("ixgbevf"));
    SourceIdentity source = SourceIdentity.of(host.paths(), of, null);
    store.add(
        new Manifest(
            Manifest.FORMAT,
            "ixgbevf",
            version,
            source.source(),
            source.recipe(),
            kernel,
            new Kmod(host.paths(), host.runner()).architecture(),
            "",
            "",
            null,
            null,
            List.of(new Manifest.Module("ixgbevf", FILE, Sha256.of(module), "", Map.of(), null)),
            Remedy.DKMS,
            made,
            ""),
        Map.of(FILE, module));
  }

  Path stored(Kernel kernel, String file) throws IOException {
    return store.of(driver, kernel).orElseThrow().directory().resolve(file);
  }

  Publication packages(Signing signing) {
    return new Publication(
        host.paths(), runner(), TestSettings.of(policy).settings(), clock, signing);
  }

  Publication.Outcome pack(Path output) throws Exception {
    return packages(Signing.NONE).pack(output, new Publication.Request(null, null, 0, true));
  }

  Publication.Outcome publish() throws Exception {
    return publish(3, Signing.NONE);
  }

  Publication.Outcome publish(int keep, Signing signing) throws Exception {
    return packages(signing)
        .publish(
            repository,
            new Publication.Request(null, null, keep, true),
            what -> {
              throw new AssertionError(what);
            });
  }

  /** What a program prints. */
  List<String> said(String... argv) throws Exception {
    Completed ran = runner().run(Command.of(argv));
    assertThat(ran.succeeded()).as(ran.stderr()).isTrue();
    return ran.stdout().lines().toList();
  }

  /** The names of the packages in the repository, without version. */
  List<String> inPlace() throws Exception {
    List<String> argv = new ArrayList<>(List.of("rpm", "-qp", "--queryformat", "%{NAME}\n"));
    try (Stream<Path> files = Files.list(repository)) {
      files.map(Path::toString).filter(file -> file.endsWith(".rpm")).sorted().forEach(argv::add);
    }
    return said(argv.toArray(String[]::new));
  }

  /** All packages in the repository. */
  List<Path> packagesInPlace() throws IOException {
    try (var files = Files.list(repository)) {
      return files.filter(file -> file.toString().endsWith(".rpm")).toList();
    }
  }

  /** The files that the metadata lists. */
  List<String> listed() throws Exception {
    String primary =
        "zcat '%s'/$(sed -n 's/.*href=\"\\(.*-primary.xml.gz\\)\".*/\\1/p'"
            + " '%<s/repodata/repomd.xml')";
    return said("sh", "-c", primary.formatted(repository)).stream()
        .filter(line -> line.contains("<location href="))
        .map(line -> line.replaceAll(".*href=\"([^\"]*)\".*", "$1"))
        .sorted()
        .toList();
  }

  /** Changes with everything that is written there. */
  List<String> everything() throws IOException {
    List<String> all = new ArrayList<>();
    try (Stream<Path> below = Files.walk(repository)) {
      for (Path file : below.sorted().toList()) {
        all.add(file + " " + Files.readAttributes(file, "unix:*", LinkOption.NOFOLLOW_LINKS));
      }
    }
    return all.stream().map(line -> line.replaceAll("lastAccessTime=[^,}]*", "")).toList();
  }
}
