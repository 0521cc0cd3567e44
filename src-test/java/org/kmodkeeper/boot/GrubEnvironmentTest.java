package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.testing.GrubFixture;

/** Writing GRUB's environment block by the real grub-editenv. */
class GrubEnvironmentTest extends BootLoaderFixture {
  @Test
  void sets_and_removes_a_default_and_keeps_everything_else() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW, OLD);
    grub.edit("set", "kernelopts=root=/dev/vda1 ro");

    loader().set("0123456789abcdef-" + OLD);

    assertThat(loader().read().defaultKernel()).isEqualTo(kernel(OLD));
    assertThat(grub.environmentText()).contains("kernelopts=root=/dev/vda1 ro");
    assertThat(Files.size(grub.environment())).isEqualTo(1024);

    loader().set("");

    assertThat(grub.environmentText()).doesNotContain("saved_entry");
  }

  @Test
  void keeps_a_block_that_is_a_link_a_link() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW, OLD);
    Path esp = Files.createDirectories(host.paths().boot().resolve("efi/EFI/redhat"));
    Files.move(grub.environment(), esp.resolve("grubenv"));
    Files.createSymbolicLink(grub.environment(), Path.of("../efi/EFI/redhat/grubenv"));

    loader().set("0123456789abcdef-" + OLD);

    assertThat(grub.environment()).isSymbolicLink();
    assertThat(loader().read().defaultKernel()).isEqualTo(kernel(OLD));
  }

  /** A rename would be in the filesystem's journal only, which GRUB does not read. */
  @Test
  void writes_the_block_where_it_lies() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW, OLD);
    Object before = Files.getAttribute(grub.environment(), "unix:ino");

    loader().set("0123456789abcdef-" + OLD);

    assertThat(Files.getAttribute(grub.environment(), "unix:ino")).isEqualTo(before);
    assertThat(loader().read().defaultKernel()).isEqualTo(kernel(OLD));
  }

  @Test
  void keeps_what_others_write_into_the_block_meanwhile() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW, OLD);
    Path once = host.root().resolve("once");
    host.standIn(
        "grub-editenv",
        "case $2 in set) [ -e '%1$s' ] || { : >'%1$s'; @real@ '%2$s' set boot_success=1; } ;; esac; exec @real@ \"$@\""
            .formatted(once, grub.environment()));

    loader().set("0123456789abcdef-" + OLD);

    assertThat(grub.environmentText())
        .contains("saved_entry=0123456789abcdef-" + OLD, "boot_success=1");
  }

  @Test
  void leaves_a_block_that_others_keep_writing_to_them() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW, OLD);
    host.standIn(
        "grub-editenv",
        "case $2 in set) @real@ '%s' set boot_success=$$ ;; esac; exec @real@ \"$@\""
            .formatted(grub.environment()));

    assertThatThrownBy(() -> loader().set("0123456789abcdef-" + OLD))
        .hasMessageContaining("other programs keep writing to it");
    assertThat(grub.environmentText()).doesNotContain("saved_entry");
  }

  @Test
  void writes_no_block_of_another_size() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW, OLD);
    byte[] before = Files.readAllBytes(grub.environment());
    host.standIn("grub-editenv", "@real@ \"$@\"; case $2 in set) printf '#' >>\"$1\" ;; esac");

    assertThatThrownBy(() -> loader().set("0123456789abcdef-" + OLD))
        .hasMessageContaining("has 1024 bytes, expected 1025");
    assertThat(grub.environment()).hasBinaryContent(before);
  }

  @Test
  void leaves_the_block_as_it_was_if_the_editor_fails_half_way() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW, OLD);
    byte[] before = Files.readAllBytes(grub.environment());
    host.standIn("grub-editenv", "case $2 in set) : >\"$1\"; exit 1 ;; esac; exec @real@ \"$@\"");

    assertThatThrownBy(() -> loader().set("0123456789abcdef-" + OLD))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("grub-editenv");

    assertThat(grub.environment()).hasBinaryContent(before);
    assertThat(grub.environment().getParent()).isDirectoryNotContaining("glob:**kmodkeeper*");
  }

  @Test
  void notices_an_editor_that_writes_nothing() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW, OLD);
    host.standIn("grub-editenv", "case $2 in set) exit 0 ;; esac; exec @real@ \"$@\"");

    assertThatThrownBy(() -> loader().set("0123456789abcdef-" + OLD))
        .hasMessageContaining("does not contain saved_entry");
    assertThat(grub.environmentText()).doesNotContain("saved_entry");
  }
}
