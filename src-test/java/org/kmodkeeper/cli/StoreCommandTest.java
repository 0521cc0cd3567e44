package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class StoreCommandTest {
  private final Path root;
  private final TestTerminal terminal;

  StoreCommandTest(@TempDir Path root) {
    this.root = root;
    terminal = new TestTerminal(root);
  }

  @Test
  void says_that_nothing_is_stored() {
    assertThat(terminal.run("store")).isZero();
    assertThat(terminal.out()).isEqualTo("The store is empty.\n");
  }

  @Test
  void names_a_damaged_artifact_by_its_place() throws IOException {
    Path place = root.resolve("var/lib/kmodkeeper/store/nic-1.0/6.1.0-1.el9.x86_64");
    HostFixture.write(place.resolve("manifest.json"), "{");

    assertThat(terminal.run("store")).isZero();

    assertThat(terminal.out())
        .contains("nic-1.0", "6.1.0-1.el9.x86_64", "damaged: its manifest is not whole");
    assertThat(Files.exists(place)).isTrue();
  }

  @Test
  void prints_json_for_programs() {
    assertThat(terminal.run("store", "--json")).isZero();
    assertThat(terminal.out()).contains("\"source\": \"disk\"", "\"artifacts\": []");
  }
}
