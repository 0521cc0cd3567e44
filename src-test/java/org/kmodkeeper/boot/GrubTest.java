package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.GrubFixture;
import org.kmodkeeper.testing.HostFixture;

/** What boots next by the menu, its defaults, and its place. */
class GrubTest extends BootLoaderFixture {
  @Test
  void finds_no_boot_loader_on_a_host_without_one() throws Exception {
    assertThat(new BootLoaders(host.paths(), host.runner()).find()).isEmpty();
  }

  @Test
  void boots_the_first_entry_without_a_saved_one() throws Exception {
    GrubFixture.withSubmenu(host.paths(), NEW, OLD);

    BootMenu menu = loader().read();

    assertThat(menu.defaultKernel()).isEqualTo(kernel(NEW));
    assertThat(menu.setting()).isEmpty();
    assertThat(menu.obstacle()).isNull();
    assertThat(menu.once()).isNull();
  }

  @Test
  void finds_entries_of_submenus_with_their_full_names() throws Exception {
    GrubFixture.withSubmenu(host.paths(), NEW, OLD);

    assertThat(loader().read().entry(new Kernel(OLD), null))
        .map(BootEntry::id)
        .hasValue("gnulinux-advanced>gnulinux-" + OLD + "-advanced");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gnulinux-advanced>gnulinux-" + OLD + "-advanced | " + OLD,
        "1>1 | " + OLD,
        "Advanced options>1 | " + OLD,
        "gnulinux-advanced>Linux, with Linux " + OLD + " | " + OLD,
        "gnulinux-simple | " + NEW,
        "0 | " + NEW,
        "1 | " + NEW,
        "gnulinux-advanced>gone | " + NEW,
        "gone | " + NEW
      })
  void follows_a_saved_entry_as_GRUB_does(String saved, String boots) throws Exception {
    GrubFixture grub = GrubFixture.withSubmenu(host.paths(), NEW, OLD);
    grub.edit("set", "saved_entry=" + saved);

    assertThat(loader().read().defaultKernel()).isEqualTo(kernel(boots));
  }

  @Test
  void names_entries_of_equal_id_by_their_titles() throws Exception {
    GrubFixture grub = GrubFixture.withCopies(host.paths(), NEW, OLD);
    grub.edit("set", "saved_entry=CentOS Linux (" + NEW + ") 7 (Core)");
    BootEntry old = loader().read().entry(new Kernel(OLD), null).orElseThrow();

    loader().set(old.id());

    assertThat(loader().read().usual()).isEqualTo(old);
    assertThat(grub.environmentText()).contains("saved_entry=CentOS Linux (" + OLD + ") 7 (Core)");
  }

  @Test
  void names_entries_of_equal_id_and_title_by_their_numbers() throws Exception {
    GrubFixture grub = GrubFixture.withCopies(host.paths(), NEW, OLD);
    String menu = Files.readString(grub.config());
    Files.writeString(grub.config(), menu.replaceAll("CentOS Linux \\(.*?\\)", "CentOS > Linux"));

    assertThat(loader().read().entries())
        .extracting(BootEntry::id)
        .containsExactly("gnulinux-" + OLD + "-advanced", "1");
    grub.edit("set", "saved_entry=1");
    assertThat(loader().read().defaultKernel()).isEqualTo(kernel(OLD));
  }

  @Test
  void boots_no_kernel_by_an_entry_that_is_not_one() throws Exception {
    GrubFixture grub = GrubFixture.withSubmenu(host.paths(), NEW);
    grub.edit("set", "saved_entry=Memory test (it's slow)");

    BootMenu menu = loader().read();

    assertThat(menu.usual()).extracting(BootEntry::title).isEqualTo("Memory test (it's slow)");
    assertThat(menu.defaultKernel()).isEmpty();
  }

  @Test
  void sorts_entry_files_as_GRUB_does_newest_first() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), OLD, NEW);
    grub.entryFile("0123456789abcdef-0-rescue", "0-rescue-0123456789abcdef");

    BootMenu menu = loader().read();

    assertThat(menu.entries())
        .extracting(BootEntry::id)
        .containsExactly(
            "0123456789abcdef-" + NEW, "0123456789abcdef-" + OLD, "0123456789abcdef-0-rescue");
    assertThat(menu.defaultKernel()).isEqualTo(kernel(NEW));
  }

  @Test
  void sees_the_entry_for_the_next_boot_only() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW, OLD);
    grub.edit("set", "next_entry=0123456789abcdef-" + OLD);

    BootMenu menu = loader().read();

    assertThat(menu.defaultKernel()).isEqualTo(kernel(NEW));
    assertThat(menu.nextKernel()).isEqualTo(kernel(OLD));
  }

  @Test
  void refuses_to_move_a_fixed_default_and_says_how_to_allow_it() throws Exception {
    GrubFixture.withSubmenu(host.paths(), NEW, OLD).submenu("1>1", NEW, OLD);

    BootMenu menu = loader().read();

    assertThat(menu.defaultKernel()).isEqualTo(kernel(OLD));
    assertThat(menu.obstacle()).contains("fixed default", "GRUB_DEFAULT=saved");
  }

  @Test
  void refuses_to_move_a_default_without_an_environment_block() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW);
    Files.delete(grub.environment());

    assertThat(loader().read().obstacle()).contains("no environment block");
  }

  /** As on EL 7 and 8; the menu in /boot is one that a BIOS would have booted. */
  @ParameterizedTest
  @CsvSource({"centos, rocky, true", "centos, centos, false", "rhel, redhat, false"})
  void follows_the_vendors_menu_with_UEFI(String id, String vendor, boolean linked)
      throws Exception {
    GrubFixture stale = GrubFixture.withCopies(host.paths(), NEW);
    GrubFixture.withUefi(host.paths(), "almalinux", NEW);
    GrubFixture own = GrubFixture.withUefi(host.paths(), vendor, OLD, NEW);
    HostFixture.write(host.root().resolve("etc/os-release"), "ID=\"" + id + "\"\n");
    if (linked) {
      Files.delete(stale.environment());
      Files.createSymbolicLink(stale.environment(), Path.of("../efi/EFI/" + vendor + "/grubenv"));
    }
    assertThat(loader().read().defaultKernel()).isEqualTo(kernel(OLD));

    loader().set(loader().read().entry(new Kernel(NEW), null).orElseThrow().id());

    assertThat(own.environmentText()).contains("saved_entry=");
    assertThat(loader().read().defaultKernel()).isEqualTo(kernel(NEW));
  }

  @Test
  void follows_a_UEFI_vendors_file_without_menu_to_boot() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW, OLD);
    GrubFixture stub = GrubFixture.withUefi(host.paths(), "redhat", NEW);
    Files.writeString(
        stub.config(),
        """
        search --no-floppy --root-dev-only --fs-uuid --set=dev 1184ab74-77b5-4cfa-81d3-fb87b0457577
        set prefix=($dev)/grub2
        export $prefix
        configfile $prefix/grub.cfg
        """);
    grub.edit("set", "saved_entry=0123456789abcdef-" + OLD);

    assertThat(loader().read().defaultKernel()).isEqualTo(kernel(OLD));
  }

  @Test
  void ignores_a_vendors_menu_without_UEFI() throws Exception {
    GrubFixture.withCopies(host.paths(), NEW);
    GrubFixture.withUefi(host.paths(), "redhat", OLD);
    Files.delete(host.paths().sys().resolve("firmware/efi"));

    assertThat(loader().read().defaultKernel()).isEqualTo(kernel(NEW));
  }
}
