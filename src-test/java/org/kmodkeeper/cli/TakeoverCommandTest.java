package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TakeoverCommandTest {
  private final TestTerminal terminal;
  private final Path root;
  private final Path mask;

  TakeoverCommandTest(@TempDir Path root) throws IOException {
    this.root = root;
    terminal = new TestTerminal(root);
    mask = root.resolve("etc/kernel/install.d/40-dkms.install");
    HostFixture.write(root.resolve("usr/lib/kernel/install.d/40-dkms.install"), "#!/bin/sh\n");
  }

  @Test
  void is_off_until_it_is_asked_for() {
    assertThat(terminal.run("takeover", "status")).isZero();
    assertThat(terminal.out()).startsWith("disabled: dkms builds inside package transactions");
  }

  @Test
  void masks_the_hook_in_the_way_of_kernel_install() throws IOException {
    assertThat(terminal.run("takeover", "enable")).isZero();

    assertThat(Files.readSymbolicLink(mask)).isEqualTo(Path.of("/dev/null"));
    terminal.run("takeover", "status");
    assertThat(terminal.out()).contains("enabled: dkms's hook is masked by " + mask);
  }

  @Test
  void says_of_which_hook_it_is_not() throws IOException {
    Path other = HostFixture.write(root.resolve("etc/kernel/postinst.d/dkms"), "");
    terminal.run("takeover", "status");
    assertThat(terminal.out()).contains(other + " builds inside package transactions");

    Files.delete(other);
    terminal.run("takeover", "status");
    assertThat(terminal.out()).doesNotContain("postinst.d");
  }

  @Test
  void is_shown_in_the_status() {
    terminal.run("status");
    assertThat(terminal.out()).doesNotContain("dkms's own hook");
    terminal.run("takeover", "enable");

    terminal.run("status");
    assertThat(terminal.out()).contains("dkms's own hook is masked");
  }

  @Test
  void accepts_a_repeated_enable() {
    terminal.run("takeover", "enable");

    assertThat(terminal.run("takeover", "enable")).isZero();
    assertThat(terminal.out()).contains("already masked");
  }

  @Test
  void unmasks_the_hook_if_disabled() {
    terminal.run("takeover", "enable");

    assertThat(terminal.run("takeover", "disable")).isZero();
    assertThat(terminal.out()).isEqualTo("no longer masked: " + mask + "\n");
    assertThat(Files.exists(mask, LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(terminal.run("takeover", "disable")).isZero();
    assertThat(terminal.out()).isEqualTo("was not masked\n");
  }

  @Test
  void leaves_a_hook_of_the_operators_own_alone() throws IOException {
    HostFixture.write(mask, "#!/bin/sh\n");

    assertThat(terminal.run("takeover", "enable")).isEqualTo(1);
    assertThat(terminal.err()).contains(mask + " is your own hook");
    assertThat(terminal.run("takeover", "disable")).isZero();
    assertThat(mask).isRegularFile();
  }

  @Test
  void says_which_words_it_knows() {
    assertThat(terminal.run("takeover", "on")).isEqualTo(2);
    assertThat(terminal.err()).contains("expected enable, disable or status");
  }
}
