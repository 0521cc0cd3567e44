package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.cli.TestTerminal.KERNEL;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.testing.GrubFixture;
import org.kmodkeeper.testing.HostFixture;

/** What boots next, as the command tells it; two kernels, no headers, so none is bootable. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class GuardCommandTest {
  private static final String OLD = "6.0.0-1.el9.x86_64";

  private final TestTerminal terminal;
  private final GrubFixture grub;

  GuardCommandTest(@TempDir Path root) throws IOException, InterruptedException {
    terminal = new TestTerminal(root).withKernel(KERNEL).withKernel(OLD).withDriver("nic", "");
    grub = GrubFixture.withBls(terminal.paths, KERNEL, OLD);
  }

  private void noDriverIsNeeded() throws IOException {
    terminal.withDriver("nic", "required = no\n");
  }

  @Test
  void names_the_kernel_that_boots_next() {
    assertThat(terminal.run("guard", "status")).isZero();

    assertThat(terminal.out())
        .isEqualTo("guard        hold\nboot loader  GRUB\nboots next   kernel " + KERNEL + "\n");
  }

  @Test
  void marks_the_kernel_that_boots_next_as_soon_as_it_changes() throws Exception {
    terminal.run("status");
    assertThat(terminal.out()).contains(" > " + KERNEL + "  ", "   " + OLD + "  ");

    grub.edit("set", "saved_entry=0123456789abcdef-" + OLD);

    terminal.run("status");
    assertThat(terminal.out()).contains("   " + KERNEL + "  ", " > " + OLD + "  ");
    assertThat(terminal.run("check", "--kernel", "next")).isEqualTo(12);
    assertThat(terminal.out()).startsWith("kernel " + OLD + ": ");
  }

  @Test
  void marks_no_kernel_in_the_status_with_an_unknown_boot_loader() throws Exception {
    Files.delete(grub.config());

    terminal.run("status");

    assertThat(terminal.out()).doesNotContain(">");
  }

  @Test
  void prefers_a_choice_for_the_next_boot_only_to_the_default() throws Exception {
    grub.edit("set", "next_entry=0123456789abcdef-" + OLD);

    terminal.run("guard", "status");

    assertThat(terminal.out())
        .contains("boots next   kernel " + OLD + "\nafter that   kernel " + KERNEL + "\n");
  }

  @Test
  void calls_a_reboot_into_a_bootable_kernel_safe() throws Exception {
    noDriverIsNeeded();

    assertThat(terminal.run("check", "--reboot")).isZero();

    assertThat(terminal.out()).isEqualTo("kernel " + KERNEL + " boots next, bootable\n");
  }

  @Test
  void calls_a_reboot_into_an_unbootable_kernel_unsafe() {
    assertThat(terminal.run("check", "--reboot")).isEqualTo(12);

    assertThat(terminal.out())
        .startsWith("kernel " + KERNEL + ": driver nic: no-headers: ")
        .doesNotContain(OLD);
  }

  @Test
  void calls_a_reboot_into_a_kernel_without_initramfs_unsafe() throws Exception {
    noDriverIsNeeded();
    HostFixture.write(terminal.paths.runningRelease(), OLD + "\n");
    HostFixture.write(terminal.paths.boot().resolve("initramfs-" + OLD + ".img"), "an image");

    assertThat(terminal.run("check", "--reboot")).isEqualTo(28);

    assertThat(terminal.out())
        .isEqualTo(
            "kernel %1$s has no initramfs; to create it: dracut --force --kver %1$s\n"
                .formatted(KERNEL));
    grub.edit("set", "saved_entry=0123456789abcdef-" + OLD);
    assertThat(terminal.run("check", "--reboot")).isZero();
  }

  @Test
  void calls_a_reboot_into_a_kernel_that_is_not_installed_unsafe() throws Exception {
    noDriverIsNeeded();
    grub.entryFile("0123456789abcdef-7", "7.0.0-1.el9.x86_64");

    assertThat(terminal.run("check", "--reboot")).isEqualTo(6);

    assertThat(terminal.out())
        .isEqualTo("kernel 7.0.0-1.el9.x86_64 boots next and is not installed\n");
  }

  @Test
  void treats_an_unknown_boot_loader_as_safe_if_all_kernels_are() throws Exception {
    Files.delete(grub.config());

    assertThat(terminal.run("check", "--reboot")).isEqualTo(12);
    assertThat(terminal.err()).contains("kmodkeeper does not support the boot loader");

    noDriverIsNeeded();

    assertThat(terminal.run("check", "--reboot")).isZero();
  }

  @Test
  void reports_a_kernel_loaded_for_kexec() throws Exception {
    HostFixture.write(terminal.paths.sys().resolve("kernel/kexec_loaded"), "1\n");

    terminal.run("check", "--reboot");

    assertThat(terminal.err()).contains("a kernel is loaded for kexec");
  }

  @Test
  void has_nothing_to_release_without_a_hold() {
    assertThat(terminal.run("guard", "release")).isZero();
    assertThat(terminal.out()).isEqualTo("no hold is in force\n");
  }

  @Test
  void lists_the_known_words_after_an_unknown_one() {
    assertThat(terminal.run("guard", "hold")).isEqualTo(2);
    assertThat(terminal.err()).contains("guard hold: expected status or release");
  }

  @Test
  void refuses_to_check_a_reboot_for_several_kernels() {
    assertThat(terminal.run("check", "--reboot", "--kernel", OLD)).isEqualTo(2);
    assertThat(terminal.err()).contains("omit --kernel");
  }

  @Test
  void never_calls_safe_what_only_GRUB_decides_at_boot() throws Exception {
    noDriverIsNeeded();
    String config = Files.readString(grub.config());
    Files.writeString(grub.config(), config + "if keystatus --shift; then set default=1; fi\n");

    assertThat(terminal.run("check", "--reboot")).isEqualTo(29);

    assertThat(terminal.err())
        .contains("which kernel boots next is not known: ", "if keystatus --shift");
    assertThat(terminal.run("guard", "status")).isZero();
    assertThat(terminal.out()).contains("boots next   unknown\n");
  }

  @Test
  void never_calls_an_unknown_entry_or_unreadable_loader_safe() throws Exception {
    noDriverIsNeeded();
    String config = Files.readString(grub.config());
    Files.writeString(grub.config(), config + "menuentry 'Memory test' {\n  linux16 /memtest\n}\n");
    grub.edit("set", "saved_entry=Memory test");

    assertThat(terminal.run("check", "--reboot")).isEqualTo(29);
    assertThat(terminal.err())
        .contains("entry 'Memory test' boots next, which is not a known kernel");

    Files.writeString(grub.config(), "if [ x ]; then\n");

    assertThat(terminal.run("check", "--reboot")).isEqualTo(29);
    assertThat(terminal.err()).contains("cannot read the boot loader: ", "grub.cfg: expected fi");
  }

  @Test
  void requires_each_initramfs_if_the_boot_loader_is_unknown() throws Exception {
    noDriverIsNeeded();
    Files.delete(grub.config());
    HostFixture.write(terminal.paths.runningRelease(), OLD + "\n");
    HostFixture.write(terminal.paths.boot().resolve("initramfs-" + OLD + ".img"), "an image");

    assertThat(terminal.run("check", "--reboot")).isEqualTo(28);
    assertThat(terminal.out()).startsWith("kernel " + KERNEL + " has no initramfs");
  }
}
