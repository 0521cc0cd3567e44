package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.adopt.RefusedException.Reason;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.reconcile.Reconciler;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;
import org.kmodkeeper.testing.TestModule;

/** End to end below a temporary root: real archives, bash, gcc and make; no dkms. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(60)
abstract class AdoptionFixture {
  static final String OLD = "6.1.0-1.el9.x86_64";
  static final String NEW = "6.1.0-2.el9.x86_64";
  static final String CONF =
      """
      PACKAGE_NAME="nic"
      PACKAGE_VERSION="1.2"
      MAKE="make -C ${kernel_source_dir} M=${dkms_tree}/nic/1.2/build modules"
      BUILT_MODULE_NAME[0]="nic"
      DEST_MODULE_LOCATION[0]="/updates"
      """;

  HostFixture host;
  Path downloads;
  final List<String> told = new ArrayList<>();
  Path directory = Path.of("");
  boolean changed;

  @BeforeEach
  void create_a_host(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    downloads = Files.createDirectories(root.resolve("root"));
    Files.createDirectories(host.paths().sources());
  }

  /** An archive as a vendor has it. */
  static TestArchive archive(String version) {
    return new TestArchive()
        .file("nic-" + version + "/Makefile", "obj-m := nic.o\n")
        .file("nic-" + version + "/nic.c", code(version));
  }

  static String code(String version) {
    return TestModule.named("nic").version(version).source();
  }

  Path packed(TestArchive archive) throws IOException {
    return archive.at(downloads.resolve("nic.tar"));
  }

  void adopt(Path source) throws Exception {
    adopt(source, null, null, StepRunner.Mode.DO);
  }

  void adopt(Path source, @Nullable String name, @Nullable String version, StepRunner.Mode mode)
      throws Exception {
    told.clear();
    var steps = new StepRunner(mode, told::add);
    new Adoption(host.paths(), host.runner(), settings(), new TestClock(), steps)
        .adopt(new Adoption.AdoptRequest(source, directory, new Identity.Hint(name, version)));
    changed = steps.changed();
  }

  Settings settings() throws ConfigurationException {
    return new Configuration(host.paths().configuration()).read();
  }

  void assertRefused(Path source, Reason reason, String why) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> adopt(source))
        .withMessageContaining(why)
        .matches(refused -> refused.reason() == reason, "for the reason " + reason);
  }

  Path source(String version) {
    return host.paths().sources().resolve("nic-" + version);
  }

  /** The names of all that is beside the sources, hidden or not. */
  List<String> sources() throws IOException {
    try (Stream<Path> files = Files.list(host.paths().sources())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals("kernels"))
          .sorted()
          .toList();
    }
  }

  @Nullable String kept() throws ConfigurationException {
    return settings().policies().stream()
        .filter(policy -> policy.name().equals("nic"))
        .findFirst()
        .orElseThrow()
        .version();
  }

  /** The daemon's work, for all kernels. */
  List<Verdict> pass() throws Exception {
    var reconciler = Reconciler.open(host.paths(), host.runner(), settings(), new TestClock());
    reconciler.pass(() -> false);
    return reconciler.reader().look().kernels().stream()
        .flatMap(kernel -> kernel.drivers().stream())
        .map(driver -> driver.finding().verdict())
        .toList();
  }
}
