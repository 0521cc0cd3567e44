package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.testing.HostFixture;

/** Packages that real cpio makes and unpacks; none of them is trusted. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HeadersPackageTest {
  private static final Kernel KERNEL = new Kernel("6.1.0-2.el9.x86_64");

  private final HostFixture host;
  private final Path content;
  private final Path unpacked;

  HeadersPackageTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    content = root.resolve("content/usr/src/kernels/" + KERNEL);
    unpacked = Files.createDirectories(root.resolve("unpacked"));
    HostFixture.write(release(), "#define UTS_RELEASE \"" + KERNEL + "\"\n");
    HostFixture.write(content.resolve("Module.symvers"), "0x1\tnetif_rx\tvmlinux\tEXPORT_SYMBOL\n");
    HostFixture.write(content.resolve(".config"), "CONFIG_MODULES=y\n");
    host.standIn("cpio", "exec @real@ \"$@\"");
    host.standIn("rpm2cpio", "cat \"$1\"");
  }

  private Path release() {
    return content.resolve("include/generated/utsrelease.h");
  }

  private Path unpack() throws IOException, InterruptedException {
    Path archive = host.root().resolve("kernel-devel.rpm");
    String packing = "cd '%s' && find usr | cpio --quiet -o -H newc >'%s'";
    run("sh", "-c", packing.formatted(host.root().resolve("content"), archive));
    return new HeadersPackage(host.paths(), host.runner())
        .unpack(archive, unpacked, KERNEL, host.root().resolve("log"));
  }

  private static void run(String... argv) throws IOException, InterruptedException {
    assertThat(new CommandRunner(SearchPath.SYSTEM).run(Command.of(argv)).succeeded()).isTrue();
  }

  private void replace(Path file, String... command) throws Exception {
    Files.delete(file);
    run(command);
  }

  @Test
  void finds_the_headers() throws Exception {
    assertThat(unpack()).isEqualTo(unpacked.resolve("usr/src/kernels/" + KERNEL));
  }

  @Test
  void leaves_no_special_files_and_no_special_rights() throws Exception {
    Path tool = HostFixture.write(content.resolve("scripts/tool"), "#!/bin/sh\n");
    run("chmod", "6755", tool.toString());
    run("chmod", "3755", content.resolve("scripts").toString());
    run("mkfifo", content.resolve("fifo").toString());

    Path headers = unpack();

    assertThat(headers.resolve("fifo")).doesNotExist();
    assertThat((int) Files.getAttribute(headers.resolve("scripts/tool"), "unix:mode") & 07777)
        .isEqualTo(0755);
    assertThat((int) Files.getAttribute(headers.resolve("scripts"), "unix:mode") & 07777)
        .isEqualTo(0755);
    assertThat(Files.getPosixFilePermissions(headers.resolve(".config")))
        .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
  }

  @Test
  void never_waits_for_a_release_that_nobody_writes() throws Exception {
    replace(release(), "mkfifo", release().toString());

    assertThatIOException()
        .isThrownBy(this::unpack)
        .withMessage("it does not say of which kernel its headers are");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Module.symvers", ".config", "include/generated/utsrelease.h"})
  void refuses_a_file_that_leads_out_of_the_package(String name) throws Exception {
    Path elsewhere = HostFixture.write(host.root().resolve("elsewhere"), "x");
    replace(
        content.resolve(name), "ln", "-s", elsewhere.toString(), content.resolve(name).toString());

    assertThatIOException()
        .isThrownBy(this::unpack)
        .withMessageEndingWith(name + " is no file of its own");
  }

  @ParameterizedTest
  @ValueSource(strings = {".config", "include/generated/utsrelease.h"})
  void refuses_a_file_that_is_larger_than_any_kernels(String name) throws Exception {
    run("truncate", "--size=64M", content.resolve(name).toString());

    assertThatIOException().isThrownBy(this::unpack).withMessageEndingWith("which is too large");
  }
}
