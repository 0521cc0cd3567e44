package org.kmodkeeper.remedy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.BuildSpace;
import org.kmodkeeper.build.Toolchain;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectBuildTest {
  private final HostFixture host;
  private final Path source;
  private final BuildSpace space;
  private final DirectBuild build;
  private final BuildLog log;

  DirectBuildTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    InstalledKernel kernel = host.kernel("6.1.0-1.el9.x86_64").withHeaders();
    source = host.source("ixgbevf", "1.2");
    var driver = new Driver("ixgbevf", "1.2", source, List.of("ixgbevf"));
    space = BuildSpace.of(host.paths().builds(), driver, kernel.kernel(), kernel.headers());
    var toolchain =
        new Toolchain(
            host.paths(), host.paths().builds(), new PackageManager(host.paths(), host.runner()));
    build = new DirectBuild(host.paths(), host.runner(), toolchain);
    log = BuildLog.begin(root.resolve("build.log"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          echo 'no iptables'; exit 3     | exit status 10: no iptables
          exit 3                         | exit status 10: + exit 3
          printf 'a.c:1: %s: no' error; false | a.c:1: error: no
          true                           | the build succeeded but produced no ixgbevf.ko
          make nosuch; true              | the build succeeded but produced no ixgbevf.ko: make: *** No rule to make target 'nosuch'.  Stop.
          """)
  void reports_why_there_is_no_module(String make, String why) {
    assertThatExceptionOfType(RemedyAction.Failed.class)
        .isThrownBy(() -> build.build(space, make, Duration.ofSeconds(30), log))
        .withMessage(why);
  }

  private void conf(String text) throws IOException {
    HostFixture.write(source.resolve("dkms.conf"), text);
  }

  /** A vendor's makefile, which must be told its kernel. */
  private void makefileIn(String directory, String rest) throws IOException {
    HostFixture.write(
        source.resolve(directory).resolve("Makefile"),
        """
        ifneq ($(KERNELRELEASE),)
        obj-m := ixgbevf.o
        else
        $(if $(BUILD_KERNEL),,$(error not told its kernel))
        modules:
        \t%s
        \t$(MAKE) -C $(KDIR) M=$(CURDIR) modules
        endif
        """
            .formatted(rest));
  }

  private void build() throws Exception {
    assertThat(build.build(space, null, Duration.ofSeconds(30), log)).hasSize(1);
  }

  private void assertFails(String why) {
    assertThatExceptionOfType(RemedyAction.Failed.class)
        .isThrownBy(() -> build.build(space, null, Duration.ofSeconds(30), log))
        .withMessage(why);
  }

  private List<String> recipes() throws IOException {
    try (Stream<String> lines = Files.lines(log.file())) {
      return lines.filter(line -> line.startsWith("kmodkeeper: recipe ")).toList();
    }
  }

  @Test
  void runs_only_what_dkms_conf_says_if_that_works() throws Exception {
    conf("BUILT_MODULE_NAME=ixgbevf\n");

    build();

    assertThat(recipes()).containsExactly("kmodkeeper: recipe dkms.conf");
  }

  @Test
  void tries_the_makefile_where_the_dkms_conf_fails() throws Exception {
    Files.createDirectory(source.resolve("src"));
    Files.move(source.resolve("ixgbevf.c"), source.resolve("src/ixgbevf.c"));
    Files.delete(source.resolve("Makefile"));
    makefileIn("src", "true");
    conf("MAKE='echo tools.c:1: error: no tools; touch src/poison; false'\n");

    build();

    assertThat(recipes())
        .containsExactly("kmodkeeper: recipe dkms.conf", "kmodkeeper: recipe makefile");
    assertThat(log.file())
        .content()
        .contains("error: no tools", "+ cd ./src && make BUILD_KERNEL=");
    assertThat(space.build().resolve("src/poison")).doesNotExist();
  }

  @Test
  void tries_plain_kbuild_where_both_fail() throws Exception {
    conf("MAKE=false\n");

    build();

    assertThat(recipes())
        .containsExactly("kmodkeeper: recipe dkms.conf", "kmodkeeper: recipe kbuild");
  }

  @Test
  void fails_if_a_build_ends_well_and_leaves_no_module() throws Exception {
    conf("MAKE=true\n");

    build();

    assertThat(recipes()).hasSize(2);
  }

  @Test
  void reports_which_recipe_failed_why() throws Exception {
    makefileIn(".", "@echo makefile.c:1: error: no kernel; false");
    HostFixture.write(source.resolve("ixgbevf.c"), "#error no driver\n");
    conf("MAKE='echo conf.c:1: error: no tools; false'\n");

    assertFails(
        "dkms.conf: conf.c:1: error: no tools; makefile: makefile.c:1: error: no kernel;"
            + " kbuild: ixgbevf.c:1:2: error: #error no driver");
  }

  @Test
  void reports_once_what_fails_in_the_same_way_by_all_recipes() throws Exception {
    HostFixture.write(source.resolve("ixgbevf.c"), "#error no driver\n");
    conf("MAKE='make -C $kernel_source_dir M=$PWD'\n");

    assertFails("ixgbevf.c:1:2: error: #error no driver");
    assertThat(recipes()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MAKE=\"cd src/; make BUILD_KERNEL=${kernelver}\"",
        "MAKE='cd src && make BUILD_KERNEL=$kernelver'",
        "MAKE=\"make -C ${kernel_source_dir} M=${dkms_tree}/${module}/${module_version}/build"
            + " modules\"",
        "MAKE='false'\nPATCH[0]=no-such.patch",
      })
  void runs_nothing_twice_or_in_vain(String text) throws Exception {
    HostFixture.write(source.resolve("src/Makefile"), "modules:\n\tfalse\n");
    if (text.contains("src")) {
      Files.delete(source.resolve("Makefile"));
    }
    HostFixture.write(source.resolve("ixgbevf.c"), "#error no driver\n");
    conf(text + "\n");

    assertThatExceptionOfType(RemedyAction.Failed.class)
        .isThrownBy(() -> build.build(space, null, Duration.ofSeconds(30), log));

    assertThat(recipes()).containsExactly("kmodkeeper: recipe dkms.conf");
  }

  @Test
  void tries_the_makefile_where_plain_kbuild_fails() throws Exception {
    makefileIn(".", "touch generated.h");
    HostFixture.write(
        source.resolve("ixgbevf.c"),
        "#include \"generated.h\"\n" + Files.readString(source.resolve("ixgbevf.c")));

    build();

    assertThat(recipes())
        .containsExactly("kmodkeeper: recipe kbuild", "kmodkeeper: recipe makefile");
  }

  @Test
  void applies_the_time_limit_to_all_recipes_together() throws Exception {
    makefileIn(".", "sleep 600");
    conf("MAKE='false'\n");

    assertThatExceptionOfType(RemedyAction.Failed.class)
        .isThrownBy(() -> build.build(space, null, Duration.ofMillis(600), log))
        .withMessage("killed after 0 s")
        .matches(RemedyAction.Failed::blamesHost);
  }

  @Test
  void stops_an_endlessly_printing_build_and_truncates_its_log() throws Exception {
    conf("MAKE='while :; do printf %1048576s; echo; done'\n");

    assertFails("stopped: it printed more than 64 MiB");
    assertThat(log.file()).hasSize(64 << 20);
    assertThat(recipes()).hasSize(1);
  }

  @Test
  void tries_the_next_recipe_where_one_wants_a_missing_tool() throws Exception {
    conf("MAKE='echo /bin/sh: 1: bc: not found; false'\n");

    build();

    assertThat(recipes()).hasSizeGreaterThan(1);
  }

  @Test
  void ignores_a_clean_that_fails() throws Exception {
    conf("CLEAN='make no-such-target'\nMAKE='echo why not; false'\n");
    Files.delete(source.resolve("Makefile"));

    assertFails("exit status 10: why not");
  }
}
