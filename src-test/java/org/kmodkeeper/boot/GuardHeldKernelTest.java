package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;

/** Which kernel the default is held on: its initramfs, its variant, and what if it goes. */
class GuardHeldKernelTest extends GuardFixture {
  /** Its package has come, but its initramfs has not been made. */
  private void installedWithoutInitramfs(String... releases) throws IOException {
    for (String release : releases) {
      host.kernel(release);
    }
  }

  private void initramfsOf(String release) throws IOException {
    HostFixture.write(initramfs(release), "an image");
  }

  private Path initramfs(String release) {
    return host.paths().boot().resolve("initramfs-" + release + ".img");
  }

  private void runs(String release) throws IOException {
    HostFixture.write(host.paths().runningRelease(), release + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {A, "6.1.0-1.started.from.elsewhere"})
  void never_holds_on_a_kernel_without_an_initramfs(String running) throws Exception {
    installedWithoutInitramfs(A, B);
    initramfsOf(A);
    runs(running);
    comes(B);
    is(B, Verdict.READY);
    comes(C);

    keep();

    assertBoots(A);
  }

  @Test
  void needs_no_initramfs_where_the_running_kernel_has_none() throws Exception {
    installedWithoutInitramfs(A, B);
    initramfsOf(A);
    runs(B);
    updatedYesterday(B);
    comes(C);

    keep();

    assertBoots(B);
  }

  @Test
  void moves_on_from_a_held_default_that_loses_its_initramfs() throws Exception {
    installedWithoutInitramfs(A, B);
    initramfsOf(A);
    initramfsOf(B);
    runs(A);
    heldOnB();
    Files.delete(initramfs(B));

    keep();

    assertBoots(A);
    assertThat(guard().status().wanted()).isEqualTo(new Kernel(C));
  }

  @Test
  void holds_until_the_wanted_kernel_has_an_initramfs_too() throws Exception {
    installedWithoutInitramfs(A, B);
    initramfsOf(A);
    runs(A);
    comes(B);
    keep();
    is(B, Verdict.READY);

    keep();

    assertBoots(A);
    assertThat(guard().status().trouble())
        .isEqualTo("kernel " + B + " has no initramfs; to create it: dracut --force --kver " + B);
    initramfsOf(B);
    keep();
    assertBoots(B);
    assertNoHold();
  }

  @Test
  void moves_on_from_a_held_kernel_that_is_erased() throws Exception {
    heldOnB();
    goes(B);

    keep();

    assertBoots(A);
    assertThat(guard().status().wanted()).isEqualTo(new Kernel(C));
  }

  @Test
  void ends_a_hold_on_behalf_of_a_kernel_that_is_erased() throws Exception {
    comes(B);
    keep();
    goes(B);

    keep();

    assertBoots(A);
    assertNoHold();
  }

  @Test
  void replaces_an_erased_default_by_a_bootable_kernel() throws Exception {
    heldOnB();
    goes(C);

    keep();

    assertBoots(B);
  }

  /** As grubby does on EL 7 when the default's package goes. */
  @Test
  void sees_no_choice_in_the_removal_of_the_held_kernel() throws Exception {
    heldOnB();
    goes(B);
    operatorChooses(C);

    keep();

    assertBoots(A);
    assertThat(guard().status().wanted()).isEqualTo(new Kernel(C));
    is(C, Verdict.READY);
    keep();
    assertBoots(C);
  }

  /** As {@code grubby --remove-kernel} does on EL 8 and later. */
  @Test
  void sees_no_choice_in_an_erasure_that_leaves_no_default() throws Exception {
    heldOnB();
    goes(B);
    grub.edit("unset", "saved_entry");

    keep();

    assertBoots(A);
    assertThat(guard().status().wanted()).isEqualTo(new Kernel(C));
  }

  @Test
  void moves_nothing_for_a_kernel_unreadable_for_a_while() throws Exception {
    comes(B);
    is(B, Verdict.READY);
    keep();
    byte[] before = Files.readAllBytes(grub.environment());
    is(B, Verdict.UNKNOWN);

    keep();
    keep();
    assertThat(grub.environment()).hasBinaryContent(before);

    is(B, Verdict.DAMAGED);
    keep();
    assertBoots(A);
    is(A, Verdict.UNKNOWN);
    keep();
    assertBoots(A);
  }

  @Test
  void holds_a_kernel_of_which_nothing_is_known_yet() throws Exception {
    comes(B);
    is(B, Verdict.UNKNOWN);

    keep();

    assertBoots(A);
  }

  @Test
  void gives_the_current_reason() throws Exception {
    comes(B);
    keep();
    assertThat(host.paths().root().resolve("run/motd.d/kmodkeeper"))
        .content()
        .contains("missing: as the test says");
    is(B, Verdict.BUILD_FAILED);

    keep();

    assertThat(host.paths().root().resolve("run/motd.d/kmodkeeper"))
        .content()
        .contains("build-failed: as the test says");
    assertBoots(A);
  }

  @Test
  void wants_nothing_else_after_the_wanted_kernel_is_removed() throws Exception {
    heldOnB();
    goes(C);
    byte[] before = Files.readAllBytes(grub.environment());

    keep();

    assertNoHold();
    assertBoots(B);
    assertThat(grub.environment()).hasBinaryContent(before);
  }
}
