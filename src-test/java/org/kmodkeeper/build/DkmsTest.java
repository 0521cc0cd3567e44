package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.testing.HostFixture;

/** What dkms's tree tells, laid out as dkms 3.0.10 does. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DkmsTest {
  private static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");

  private final HostFixture host;
  private final Path tree;
  private final Driver driver;
  private final Dkms dkms;

  DkmsTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    tree = host.paths().dkmsTree();
    driver = new Driver("ixgbevf", "1.2", root, List.of("ixgbevf"));
    dkms = new Dkms(host.paths(), host.runner());
  }

  private Path build(String version, Kernel kernel) throws IOException {
    Path directory = tree.resolve("ixgbevf").resolve(version).resolve(kernel.release());
    HostFixture.write(directory.resolve("x86_64/log/make.log"), "log");
    return HostFixture.write(directory.resolve("x86_64/module/ixgbevf.ko.xz"), "module");
  }

  @Test
  void is_installed_when_its_program_is_there() throws IOException {
    assertThat(dkms.isInstalled()).isFalse();

    host.standIn("dkms", "true");

    assertThat(dkms.isInstalled()).isTrue();
  }

  @Test
  void calls_a_version_with_a_source_registered() throws IOException {
    Files.createDirectories(tree.resolve("ixgbevf/1.2/source"));

    assertThat(dkms.isRegistered("ixgbevf", "1.2")).isTrue();
    assertThat(dkms.isRegistered("ixgbevf", "1.3")).isFalse();
    assertThat(dkms.isRegistered("ixgbevf")).isTrue();
  }

  @Test
  void finds_what_dkms_built_for_its_version_and_kernel_only() throws IOException {
    Path module = build("1.2", KERNEL);
    build("1.1", new Kernel("6.1.0-2.el9.x86_64"));

    assertThat(dkms.built(driver, KERNEL, "ixgbevf")).contains(module);
    assertThat(dkms.built(driver, KERNEL, "hello")).isEmpty();
    assertThat(dkms.built(driver, new Kernel("6.1.0-2.el9.x86_64"), "ixgbevf")).isEmpty();
  }

  @Test
  void lists_the_builds_for_a_kernel_by_driver_and_version() throws IOException {
    Path newer = build("1.2", KERNEL);
    Path older = build("1.1", KERNEL);
    build("1.0", new Kernel("6.1.0-2.el9.x86_64"));
    Files.createDirectories(tree.resolve("ixgbevf/original_module").resolve(KERNEL.release()));
    Files.createDirectories(tree.resolve("ixgbevf/1.2/build/src"));

    assertThat(dkms.buildsFor(KERNEL))
        .containsExactly(
            new Dkms.Build("ixgbevf/1.1", List.of(older)),
            new Dkms.Build("ixgbevf/1.2", List.of(newer)));
  }

  @Test
  void finds_no_builds_without_a_tree() throws IOException {
    assertThat(dkms.buildsFor(KERNEL)).isEmpty();
    assertThat(dkms.built(driver, KERNEL, "ixgbevf")).isEmpty();
  }

  @Test
  void tells_a_dkms_that_takes_a_service_for_a_chroot_to_sign() throws Exception {
    Path log = HostFixture.write(host.root().resolve("log"), "");
    host.standIn("dkms", "echo \"try_sign_modules=$try_sign_modules\"");

    dkms.install(driver, KERNEL, java.time.Duration.ofSeconds(10), log);

    assertThat(log).hasContent("try_sign_modules=true");
  }

  @Test
  void removes_a_version_of_which_a_killed_dkms_left_a_directory() throws Exception {
    // As dkms 3.0.10: it says that all is well, and keeps a version with other directories.
    host.standIn(
        "dkms",
        "cd %s/ixgbevf && for d in 1.2/6*; do [ ! -d $d ] || exit 0; done; rm -r 1.2"
            .formatted(tree));
    Files.createDirectories(tree.resolve("ixgbevf/1.2/source"));
    Files.createDirectories(tree.resolve("ixgbevf/1.2/6.1.0-2.el9.x86_64/x86_64/module"));

    dkms.remove("ixgbevf", "1.2");

    assertThat(dkms.isRegistered("ixgbevf", "1.2")).isFalse();
  }

  @Test
  void leaves_nothing_of_what_was_built_for_a_kernel_that_has_gone() throws Exception {
    host.standIn("dkms", "true");
    Path release = tree.resolve("ixgbevf/1.2/" + KERNEL);
    Files.createDirectories(tree.resolve("ixgbevf/1.2/source"));
    Files.createDirectories(release.resolve("x86_64/module"));

    assertThat(dkms.forget(dkms.buildsFor(KERNEL).get(0), KERNEL).succeeded()).isTrue();

    assertThat(release).doesNotExist();
    assertThat(dkms.isRegistered("ixgbevf", "1.2")).isTrue();
  }

  @Test
  void stops_a_build_that_fills_dkmss_own_log() throws Exception {
    Path log = HostFixture.write(host.root().resolve("log"), "");
    Files.createDirectories(tree.resolve("ixgbevf/1.2/source"));
    Files.createDirectories(tree.resolve("ixgbevf/1.2/build"));
    host.standIn(
        "dkms", "while :; do printf %1048576s; done >" + tree + "/ixgbevf/1.2/build/make.log");

    Completed ran = dkms.autoinstall(KERNEL, java.time.Duration.ofSeconds(60), log);

    assertThat(ran.ending()).hasToString("stopped: it printed more than 64 MiB");
    assertThat(dkms.buildLog(driver)).hasSize(64 << 20);
  }

  @Test
  void does_not_install_a_forced_build_that_fails() throws Exception {
    Path log = HostFixture.write(host.root().resolve("log"), "");
    host.standIn("dkms", "echo \"$@\"; exit 10");

    dkms.reinstall(driver, KERNEL, java.time.Duration.ofSeconds(10), log);

    assertThat(log).hasContent("build --force ixgbevf/1.2 -k 6.1.0-1.el9.x86_64");
  }
}
