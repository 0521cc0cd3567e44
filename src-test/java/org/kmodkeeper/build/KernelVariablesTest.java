package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

@DisplayNameGeneration(ReplaceUnderscores.class)
class KernelVariablesTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final Path log;

  KernelVariablesTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE).withHeaders();
    log = HostFixture.write(root.resolve("build.log"), "");
  }

  private Map<String, String> expected() {
    Map<String, String> variables = new TreeMap<>();
    KernelVariables.RELEASE.forEach(name -> variables.put(name, RELEASE));
    KernelVariables.DIRECTORY.forEach(
        name -> variables.put(name, host.paths().tree(kernel.kernel()) + "/build"));
    return variables;
  }

  /** What a build wrote that printed its environment. */
  private Map<String, String> seen() throws IOException {
    Map<String, String> variables = new TreeMap<>();
    try (Stream<String> lines = Files.lines(log)) {
      lines
          .filter(line -> line.matches("(K|BUILD_KERNEL|ARCH|SRCARCH)\\w*=.*"))
          .forEach(line -> variables.put(line.split("=", 2)[0], line.split("=", 2)[1]));
    }
    return variables;
  }

  private BuildSpace space(String conf) throws IOException {
    Path source = host.source("ixgbevf", "1.2");
    HostFixture.write(source.resolve("dkms.conf"), conf);
    var driver = new Driver("ixgbevf", "1.2", source, List.of("ixgbevf"));
    return BuildSpace.of(host.paths().builds(), driver, kernel.kernel(), kernel.headers());
  }

  private void build(String conf) throws IOException, InterruptedException {
    BuildSpace space = space(conf);
    var kbuild = new Kbuild(host.paths(), host.runner());
    kbuild.copySource(space);
    kbuild.build(space, Recipe.DKMS_CONF, "", Duration.ofSeconds(30), log);
  }

  @Test
  void sets_all_variables_but_none_that_switches_a_makefile() throws Exception {
    build("MAKE[0]='export -p | sed \"s/^declare -x //; s/\\\"//g\"'\n");

    assertThat(seen()).containsExactlyEntriesOf(expected());
  }

  @Test
  void keeps_what_a_dkms_conf_sets() throws Exception {
    build("KVER=mine\nMAKE[0]='echo KVER=$KVER'\n");

    assertThat(seen()).containsEntry("KVER", "mine");
  }

  @Test
  void gives_dkms_all_of_them() throws Exception {
    host.standIn("dkms", "export -p | sed \"s/^export //; s/'//g\"");

    new Dkms(host.paths(), host.runner()).autoinstall(kernel.kernel(), Duration.ofSeconds(30), log);

    assertThat(seen()).containsExactlyEntriesOf(expected());
  }

  private Map<String, String> variables() throws IOException {
    return KernelVariables.of(
        host.paths(), kernel.kernel(), KernelVariables.isOneTree(host.paths(), kernel.kernel()));
  }

  @Test
  void names_no_directory_where_source_and_headers_are_two_trees() throws Exception {
    Path tree = host.paths().tree(kernel.kernel());
    Files.createDirectories(tree.resolve("source"));

    assertThat(variables()).containsOnlyKeys(KernelVariables.RELEASE);

    Files.delete(tree.resolve("source"));
    Files.createSymbolicLink(tree.resolve("source"), Path.of("build"));
    assertThat(variables()).containsExactlyInAnyOrderEntriesOf(expected());
  }

  @Test
  void has_each_of_them_in_the_manual() throws IOException {
    assertThat(Files.readString(Path.of("daemon/dist/man/kmodkeeperd.8")))
        .contains(expected().keySet());
  }

  @Test
  void lists_exactly_these_in_the_documentation() throws IOException {
    String text = Files.readString(Path.of("docs/build-environment.md"));

    Stream<String> documented =
        Pattern.compile("^\\| `(\\w+)` \\| (?:release|directory) \\|", Pattern.MULTILINE)
            .matcher(text)
            .results()
            .map(row -> row.group(1));

    assertThat(documented).containsExactlyInAnyOrderElementsOf(expected().keySet());
  }
}
