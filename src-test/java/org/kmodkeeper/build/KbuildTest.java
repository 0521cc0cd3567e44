package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.testing.HostFixture;

/** Which make is run, where, and with which variables. */
class KbuildTest extends KbuildFixture {
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
  void builds_in_the_environment_of_a_dkms_build() throws Exception {
    HostFixture.write(etc("toolset"), "export TOOLSET=\"for $kernelver\"\nHIDDEN=yes\n");
    HostFixture.write(etc("framework.conf"), "build_environment=" + etc("toolset") + "\n");

    buildBy("MAKE[0]='echo \"$TOOLSET$HIDDEN\" >made'\n");

    assertThat(built("made")).hasContent("for " + RELEASE);
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
