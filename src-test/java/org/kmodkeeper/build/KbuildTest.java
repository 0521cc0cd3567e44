package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

/** A build by the real bash and make; what each step saw is in the build directory. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KbuildTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final Path source;
  private final Path log;
  private final BuildSpace space;
  private final Kbuild kbuild;

  KbuildTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE).withHeaders();
    source = host.source("ixgbevf", "1.2");
    log = HostFixture.write(root.resolve("build.log"), "");
    var driver = new Driver("ixgbevf", "1.2", source, List.of("ixgbevf"));
    space = BuildSpace.of(host.paths().builds(), driver, kernel.kernel(), kernel.headers());
    kbuild = new Kbuild(host.paths(), host.runner());
  }

  private Completed build(@Nullable String make) throws IOException, InterruptedException {
    kbuild.copySource(space);
    Recipe recipe = Recipe.of(space, make).get(0);
    return kbuild.build(space, recipe, make == null ? "" : make, Duration.ofSeconds(30), log);
  }

  private Completed buildBy(String conf) throws IOException, InterruptedException {
    HostFixture.write(source.resolve("dkms.conf"), conf);
    return build(null);
  }

  private Path built(String file) {
    return space.build().resolve(file);
  }

  private static void executable(Path file, String script) throws IOException {
    HostFixture.write(file, "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void builds_by_plain_kbuild_without_a_dkms_conf() throws Exception {
    Completed ran = build(null);

    assertThat(ran.succeeded()).isTrue();
    assertThat(built("ixgbevf.ko")).isNotEmptyFile();
    assertThat(source.resolve("ixgbevf.ko")).doesNotExist();
  }

  @Test
  void builds_a_vendors_archive_in_src_where_its_makefile_is() throws Exception {
    Files.createDirectories(source.resolve("src"));
    Files.move(source.resolve("Makefile"), source.resolve("src/Makefile"));
    Files.move(source.resolve("ixgbevf.c"), source.resolve("src/ixgbevf.c"));

    Completed ran = build(null);

    assertThat(ran.succeeded()).isTrue();
    assertThat(built("src/ixgbevf.ko")).isNotEmptyFile();
  }

  @Test
  void prefers_a_given_command_to_that_of_the_conf() throws Exception {
    HostFixture.write(source.resolve("dkms.conf"), "MAKE[0]='touch of-conf'\n");

    build("touch of-policy");

    assertThat(built("of-policy")).exists();
    assertThat(built("of-conf")).doesNotExist();
  }

  @Test
  void expands_variables_in_double_quotes_for_the_kernel() throws Exception {
    buildBy("MAKE[0]=\"touch k-${kernelver} && cp ${kernel_source_dir}/Makefile of-headers\"\n");

    assertThat(built("k-" + RELEASE)).exists();
    assertThat(built("of-headers")).isNotEmptyFile();
  }

  @Test
  void expands_variables_in_single_quotes_for_the_kernel() throws Exception {
    buildBy("MAKE[0]='touch k-${kernelver} d-${module}-${module_version}'\n");

    assertThat(built("k-" + RELEASE)).exists();
    assertThat(built("d-ixgbevf-1.2")).exists();
  }

  @Test
  void uses_a_private_dkms_tree() throws Exception {
    buildBy("MAKE[0]='touch $dkms_tree/$module/$module_version/build/here'\n");

    assertThat(built("here")).exists();
  }

  @Test
  void ignores_a_tree_moved_by_framework_conf_for_the_build() throws Exception {
    HostFixture.write(
        host.paths().dkmsConfiguration().resolve("framework.conf"), "dkms_tree=/nowhere\n");

    Completed ran = buildBy("MAKE[0]='touch $dkms_tree/$module/$module_version/build/here'\n");

    assertThat(ran.succeeded()).isTrue();
    assertThat(built("here")).exists();
  }

  @Test
  void runs_make_in_parallel_and_passes_the_release() throws Exception {
    HostFixture.write(
        source.resolve("Makefile"), "all:\n\techo '$(KERNELRELEASE) $(MAKEFLAGS)' > seen\n");

    buildBy("MAKE[0]='make all'\n");

    assertThat(built("seen")).content().startsWith(RELEASE + " ").contains("-j");
  }

  @Test
  void uses_the_first_make_without_a_match() throws Exception {
    buildBy("MAKE[0]='touch first'\nMAKE[1]='touch second'\n");

    assertThat(built("first")).exists();
    assertThat(built("second")).doesNotExist();
  }

  @Test
  void uses_a_make_that_matches_the_kernel() throws Exception {
    buildBy(
        """
        MAKE=('touch usual' 'touch six' 'touch five')
        MAKE_MATCH[1]='^6\\.'
        MAKE_MATCH[2]='^5\\.'
        """);

    assertThat(built("six")).exists();
    assertThat(built("usual")).doesNotExist();
    assertThat(built("five")).doesNotExist();
  }

  @Test
  void skips_the_first_make_if_it_does_not_match_the_kernel() throws Exception {
    buildBy("MAKE[0]='touch five'\nMAKE_MATCH[0]='^5\\.'\n");

    assertThat(built("five")).doesNotExist();
    assertThat(built("ixgbevf.ko")).exists();
  }

  @Test
  void builds_by_clang_for_a_kernel_built_by_clang() throws Exception {
    HostFixture.write(
        kernel.headers().resolve(".config"), "CONFIG_CC_IS_CLANG=y\nCONFIG_LD_IS_LLD=y\n");

    buildBy("MAKE[0]='echo'\n");

    assertThat(log).content().contains("CC=clang LD=ld.lld");
  }

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

  private Path etc(String name) {
    return host.paths().dkmsConfiguration().resolve(name);
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
  void builds_in_the_environment_of_a_dkms_build() throws Exception {
    HostFixture.write(etc("toolset"), "export TOOLSET=\"for $kernelver\"\nHIDDEN=yes\n");
    HostFixture.write(etc("framework.conf"), "build_environment=" + etc("toolset") + "\n");

    buildBy("MAKE[0]='echo \"$TOOLSET$HIDDEN\" >made'\n");

    assertThat(built("made")).hasContent("for " + RELEASE);
  }

  @Test
  void quotes_no_output_of_clean_as_the_reason_of_a_failure() throws Exception {
    buildBy("CLEAN='make no-such-target; echo a.c:1: error: not me'\nMAKE[0]='exit 3'\n");

    assertThat(log).content().contains("error: not me");
    assertThat(new BuildLog(log).firstError()).isEmpty();
  }

  @Test
  void stops_after_a_patch_that_does_not_apply() throws Exception {
    Completed ran = buildBy("PATCH[0]=no-such.patch\nMAKE[0]='touch made'\n");

    assertThat(ran.succeeded()).isFalse();
    assertThat(built("made")).doesNotExist();
  }

  @Test
  void fails_if_make_fails() throws Exception {
    Completed ran = buildBy("MAKE[0]='cd src && make'\n");

    assertThat(ran.succeeded()).isFalse();
    assertThat(new BuildLog(log).firstError())
        .get()
        .asString()
        .endsWith("cd: src: No such file or directory");
  }

  @Test
  void fails_on_a_syntax_error_in_the_conf() throws Exception {
    Completed ran = buildBy("MAKE[0]='touch made'\nif true; then\n");

    assertThat(ran.succeeded()).isFalse();
    assertThat(built("made")).doesNotExist();
    assertThat(log).content().contains("syntax error");
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

  @Test
  void kills_a_build_past_its_limit() throws Exception {
    Files.createDirectories(space.build());

    Completed ran = kbuild.build(space, Recipe.MAKE, "sleep 600", Duration.ofMillis(300), log);

    assertThat(ran.ending()).isInstanceOf(Completed.TimedOut.class);
  }

  @Test
  void ignores_variables_of_the_conf_named_like_our_own() throws Exception {
    buildBy("compiler=' bad' place=x kk=y n=7 i=7 file=z\nMAKE[0]='touch made'\n");

    assertThat(built("made")).exists();
    assertThat(built("bad")).doesNotExist();
  }
}
