package org.kmodkeeper.build;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.testing.HostFixture;

/** The transcripts are what the real tools printed; each file's name has the tool's version. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BuildLogTest {
  private final Path file;

  BuildLogTest(@TempDir Path directory) {
    file = directory.resolve("6.1.0-1.el9.x86_64/ixgbevf-1.2.direct.log");
  }

  private static BuildLog transcript(String name) throws URISyntaxException {
    return new BuildLog(
        Path.of(requireNonNull(BuildLogTest.class.getResource(name + ".log"), name).toURI()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          gcc-12.2.0-undeclared     | /usr/src/ixgbevf-1.2/ixgbevf.c:2:44: error: implicit declaration of function ‘no_such_thing’ [-Werror=implicit-function-declaration]
          gcc-12.2.0-missing-header | /usr/src/ixgbevf-1.2/ixgbevf.c:1:10: fatal error: linux/no_such_header.h: No such file or directory
          modpost-6.1-undefined     | ERROR: modpost: "no_such_symbol" [/usr/src/ixgbevf-1.2/ixgbevf.ko] undefined!
          ld-2.40-undefined         | a.c:(.text+0x5): undefined reference to `f'
          dkms-3.0.10-make          | ixgbevf.c:2:32: error: implicit declaration of function ‘no_such_thing’ [-Werror=implicit-function-declaration]
          """)
  void finds_the_compilers_first_error(String name, String expected) throws Exception {
    assertThat(transcript(name).firstError()).contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          make-4.3-no-rule         | make[1]: *** No rule to make target '/usr/src/ixgbevf-1.2/nosuchfile.o', needed by '/usr/src/ixgbevf-1.2/'.  Stop.
          make-4.3-no-directory    | make: *** /usr/src/kernels/6.1.0-1.el9.x86_64: No such file or directory.  Stop.
          make-4.3-no-compiler     | make: gcc-no-such: No such file or directory
          dkms-3.0.10-build-failed | Error! Bad return status for module build on kernel: 6.1.0-56-cloud-amd64 (x86_64)
          dkms-3.0.10-no-headers   | Error! Your kernel headers for kernel 9.9.9-1.el9.x86_64 cannot be found at /lib/modules/9.9.9-1.el9.x86_64/build or /lib/modules/9.9.9-1.el9.x86_64/source.
          """)
  void finds_the_first_complaint_without_a_compilers_error(String name, String expected)
      throws Exception {
    assertThat(transcript(name).firstError()).contains(expected);
  }

  @Test
  void names_both_compilers_where_they_differ() throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        """
        warning: the compiler differs from the one used to build the kernel
          The kernel was built by: gcc (GCC) 11.5.0 20240719 (Red Hat 11.5.0-5)
          You are using:           gcc (GCC) 14.2.1 20240801 (Red Hat 14.2.1-1)
        ixgbevf.c:2:32: error: no such thing
        """);

    assertThat(new BuildLog(file).firstError())
        .contains(
            "ixgbevf.c:2:32: error: no such thing; the kernel was built by gcc (GCC) 11.5.0"
                + " 20240719 (Red Hat 11.5.0-5), this build used gcc (GCC) 14.2.1 20240801 (Red"
                + " Hat 14.2.1-1)");
  }

  @Test
  void names_no_compilers_that_differ_in_their_command_alone() throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        """
          The kernel was built by: x86_64-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0
          You are using:           gcc (Debian 12.2.0-14) 12.2.0
        a.c:2:32: error: no such thing
        """);

    assertThat(new BuildLog(file).firstError()).contains("a.c:2:32: error: no such thing");
  }

  @Test
  void finds_no_error_in_a_good_build_with_a_file_named_error() throws Exception {
    assertThat(transcript("make-4.3-success").firstError()).isEmpty();
  }

  /** The logs of failed-builds.txt: its name, the line to choose, the log. */
  static List<Arguments> failedBuilds() throws IOException {
    String all;
    try (var stream = BuildLogTest.class.getResourceAsStream("failed-builds.txt")) {
      all = new String(requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
    }
    return Arrays.stream(all.split("\n=== ", -1))
        .skip(1)
        .map(section -> section.split("\n(> )?", 3))
        .map(parts -> Arguments.of(parts[0], parts[1], parts[2]))
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("failedBuilds")
  void finds_the_line_that_a_person_would_choose(String name, String line, String log)
      throws IOException {
    HostFixture.write(file, log);

    assertThat(new BuildLog(file).firstError()).as(name).contains(line);
  }

  @Test
  void has_two_dozen_failed_builds_to_choose_from() throws IOException {
    assertThat(failedBuilds()).hasSizeGreaterThanOrEqualTo(24);
  }

  @Test
  void ignores_a_failing_clean() throws IOException {
    HostFixture.write(file, "clean: a.c:1:1: error: no\n  CC [M]  a.o\n");

    assertThat(new BuildLog(file).firstError()).isEmpty();
  }

  @Test
  void prefers_the_compilers_error_to_a_callers_earlier_complaint() throws Exception {
    BuildLog log = BuildLog.begin(file);
    log.append(transcript("dkms-3.0.10-build-failed").file());
    log.append(transcript("dkms-3.0.10-make").file());

    assertThat(log.firstError()).get().asString().contains("ixgbevf.c:2:32: error:");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"%sixgbevf.c:2:32: error: no", "ERROR: modpost: \"no\" [%sixgbevf.ko] undefined!"})
  void omits_the_build_directory_which_is_gone(String line) throws IOException {
    BuildLog log = BuildLog.begin(file);
    Files.writeString(file, line.formatted("/var/cache/kmodkeeper/build/x/ixgbevf/1.2/build/"));

    assertThat(log.firstError()).contains(line.formatted(""));
  }

  @Test
  void continues_past_bytes_that_are_not_text() throws IOException {
    BuildLog log = BuildLog.begin(file);
    Files.write(
        file, "na\u00efve \u00ff\na.c:1: error: no\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThat(log.firstError()).contains("a.c:1: error: no");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "./tools/objtool/include/objtool/elf.h:10:10: fatal error: gelf.h: No such file or"
            + " directory",
        "scripts/sign-file.c:25:10: fatal error: openssl/opensslv.h: No such file or directory",
        "/bin/sh: bison: command not found",
        "/bin/sh: 1: flex: not found",
        "make[2]: bc: No such file or directory",
        "make[2]: flex: Command not found",
        "Makefile:993: *** \"Cannot generate ORC metadata for CONFIG_UNWINDER_ORC=y, please install"
            + " libelf-dev, libelf-devel or elfutils-libelf-devel\".  Stop.",
        "error: Cannot resolve BTF IDs for CONFIG_DEBUG_INFO_BTF, please install libelf-dev,"
            + " libelf-devel or elfutils-libelf-devel",
        "./tools/objtool/objtool: error while loading shared libraries: libelf.so.1: cannot open"
            + " shared object file: No such file or directory",
      })
  void blames_the_host_for_a_tool_or_header_that_it_lacks(String line) throws IOException {
    BuildLog log = BuildLog.begin(file);
    Files.writeString(file, "  CC [M]  a.o\n" + line + "\nmake: *** [Makefile:9: all] Error 2\n");

    assertThat(log.blamesHost()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.c:1:10: fatal error: linux/no_such_header.h: No such file or directory",
        "a.c:1:10: fatal error: linux/self.h: No such file or directory",
        "/bin/sh: ./reflex: not found",
        "a.c:2:2: error: 'flex' undeclared",
      })
  void blames_the_source_for_what_it_alone_wants(String line) throws IOException {
    BuildLog log = BuildLog.begin(file);
    Files.writeString(file, line + "\nmake: *** [Makefile:9: all] Error 2\n");

    assertThat(log.blamesHost()).isFalse();
  }

  @Test
  void quotes_an_error_as_one_line_of_bounded_length() throws IOException {
    BuildLog log = BuildLog.begin(file);
    Files.writeString(file, "a.c:1: error: \u001b[31m" + "x".repeat(10_000));

    assertThat(log.firstError().orElseThrow())
        .hasSizeLessThan(250)
        .startsWith("a.c:1: error: \\x1b[31mxxx")
        .endsWith("…");
  }

  @ParameterizedTest
  @CsvSource({
    "gcc-12.2.0-undeclared, CC ixgbevf.o",
    "modpost-6.1-undefined, MODPOST Module.symvers",
    "dkms-3.0.10-make, CC ixgbevf.o",
    "make-4.3-success, BTF error.ko"
  })
  void finds_the_last_step_of_a_build(String name, String step) throws Exception {
    assertThat(transcript(name).lastStep()).contains(step);
  }

  @Test
  void finds_no_step_before_the_first_one() throws IOException {
    assertThat(new BuildLog(file).lastStep()).isEmpty();

    BuildLog.begin(file).note("about to begin");

    assertThat(new BuildLog(file).lastStep()).isEmpty();
  }

  @Test
  void finds_the_last_line_that_has_a_word() throws IOException {
    // dnf 4.14, of a repomd.xml that is none.
    HostFixture.write(file, "Error: repomd.xml parser error: line: 1 (Document is empty\n\n)\n");

    assertThat(new BuildLog(file).lastLine())
        .contains("Error: repomd.xml parser error: line: 1 (Document is empty");
  }

  @Test
  void empties_a_new_log_whatever_was_there_before() throws IOException {
    HostFixture.write(file, "a.c:1: error: of yesterday");

    BuildLog log = BuildLog.begin(file);

    assertThat(file).isEmptyFile();
    assertThat(log.firstError()).isEmpty();
  }

  @Test
  void appends_nothing_to_a_log_that_is_not_there() throws IOException {
    BuildLog log = BuildLog.begin(file);

    log.append(file.resolveSibling("make.log"));

    assertThat(file).isEmptyFile();
  }
}
