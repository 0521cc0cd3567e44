package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.testing.HostFixture;

/** The copy of the source, patches, and the steps around make. */
class KbuildStepsTest extends KbuildFixture {
  @Test
  void runs_steps_in_dkmss_order() throws Exception {
    executable(source.resolve("pre"), "echo pre $1 >> steps\n");
    executable(source.resolve("post"), "echo post >> steps\n");

    Completed ran =
        buildBy(
            """
            PRE_BUILD="pre $kernelver"
            CLEAN="echo clean >> steps"
            MAKE[0]="echo make >> steps"
            POST_BUILD="post"
            """);

    assertThat(ran.succeeded()).isTrue();
    assertThat(built("steps")).hasContent("pre " + RELEASE + "\nclean\nmake\npost\n");
  }

  @Test
  void stops_after_a_pre_build_that_fails() throws Exception {
    executable(source.resolve("pre"), "exit 1\n");

    Completed ran = buildBy("PRE_BUILD=pre\nMAKE[0]='touch made'\n");

    assertThat(ran.succeeded()).isFalse();
    assertThat(built("made")).doesNotExist();
  }

  @Test
  void continues_after_a_clean_that_fails() throws Exception {
    Completed ran = buildBy("CLEAN='make no-such-target'\nMAKE[0]='touch made'\n");

    assertThat(ran.succeeded()).isTrue();
    assertThat(built("made")).exists();
  }

  @Test
  void quotes_no_output_of_clean_as_the_reason_of_a_failure() throws Exception {
    buildBy("CLEAN='make no-such-target; echo a.c:1: error: not me'\nMAKE[0]='exit 3'\n");

    assertThat(log).content().contains("error: not me");
    assertThat(new BuildLog(log).firstError()).isEmpty();
  }

  @Test
  void applies_patches_for_this_kernel() throws Exception {
    patch("six.patch", "six");
    patch("five.patch", "five");

    Completed ran =
        buildBy(
            """
            PATCH=(six.patch five.patch)
            PATCH_MATCH=('^6\\.' '^5\\.')
            MAKE[0]=true
            """);

    assertThat(ran.succeeded()).isTrue();
    assertThat(built("six")).hasContent("patched");
    assertThat(built("five")).doesNotExist();
    assertThat(source.resolve("six")).doesNotExist();
  }

  private void patch(String name, String file) throws IOException {
    HostFixture.write(
        source.resolve("patches").resolve(name),
        "--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n+patched\n".formatted(file));
  }

  @Test
  void applies_an_operators_patch_beside_the_drivers_own() throws Exception {
    patch("six.patch", "six");
    patch("own.patch", "own");
    Files.createDirectories(etc("ixgbevf/patches"));
    Files.move(source.resolve("patches/own.patch"), etc("ixgbevf/patches/own.patch"));
    HostFixture.write(etc("ixgbevf.conf"), "PATCH[1]=own.patch\n");

    Completed ran = buildBy("PATCH[0]=six.patch\nMAKE[0]=true\n");

    assertThat(ran.succeeded()).isTrue();
    assertThat(built("six")).hasContent("patched");
    assertThat(built("own")).hasContent("patched");
  }

  @Test
  void runs_an_operators_script_instead_of_the_drivers_own() throws Exception {
    executable(source.resolve("pre"), "echo the driver\n");
    executable(etc("ixgbevf/pre"), "echo the operator: $1\n");

    buildBy("PRE_BUILD=\"pre $kernelver\"\nMAKE[0]=true\n");

    assertThat(log).content().contains("the operator: " + RELEASE).doesNotContain("the driver");
  }

  @Test
  void stops_after_a_patch_that_does_not_apply() throws Exception {
    Completed ran = buildBy("PATCH[0]=no-such.patch\nMAKE[0]='touch made'\n");

    assertThat(ran.succeeded()).isFalse();
    assertThat(built("made")).doesNotExist();
  }

  @Test
  void keeps_links_inside_the_source() throws Exception {
    Files.createSymbolicLink(source.resolve("link.c"), Path.of("ixgbevf.c"));

    build("true");

    assertThat(built("link.c")).isSymbolicLink();
  }

  @Test
  void copies_times_and_permissions_but_no_setgid_and_no_pipe() throws Exception {
    Path directory = Files.createDirectory(source.resolve("tools"));
    executable(directory.resolve("configure"), "true");
    var old = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
    Files.setLastModifiedTime(directory.resolve("configure"), old);
    Files.createSymbolicLink(source.resolve("dangling"), Path.of("/nowhere"));
    chmod("2755", directory);
    chmod("6755", directory.resolve("configure"));
    assertThat(host.runner().run(Command.of("/usr/bin/mkfifo", source + "/pipe")).succeeded())
        .isTrue();

    kbuild.copySource(space);

    assertThat(mode("tools") & 07000).isZero();
    assertThat(mode("tools/configure")).isEqualTo(0100755);
    assertThat(Files.getLastModifiedTime(built("tools/configure"))).isEqualTo(old);
    assertThat(built("dangling")).isSymbolicLink();
    assertThat(built("pipe")).doesNotExist();
  }

  private void chmod(String mode, Path file) throws IOException, InterruptedException {
    Command chmod = Command.of("/usr/bin/chmod", mode, file.toString());
    assertThat(host.runner().run(chmod).succeeded()).isTrue();
  }

  private int mode(String file) throws IOException {
    return (int) Files.getAttribute(built(file), "unix:mode");
  }
}
