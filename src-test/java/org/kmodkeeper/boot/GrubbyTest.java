package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.GrubFixture;

/** Hosts with grubby, for which a script stands in. */
class GrubbyTest extends BootLoaderFixture {
  @Test
  void sees_a_fixed_default_beside_entry_files_with_grubby() throws Exception {
    GrubFixture grub = GrubFixture.withBls(host.paths(), NEW, OLD);
    grubby();
    grub.bls("0");

    // What grubby does, and then says that it has done.
    grub.edit("set", "saved_entry=0123456789abcdef-" + OLD);

    assertThat(loader().read().defaultKernel()).isEqualTo(kernel(NEW));
    assertThat(loader().read().obstacle()).contains("fixed default", "GRUB_DEFAULT=saved");
  }

  /** EL 7's grubby takes the first entry for one that is set by its id. */
  @Test
  void names_an_entry_of_grub_cfg_by_its_title_with_grubby() throws Exception {
    GrubFixture grub = GrubFixture.withCopies(host.paths(), NEW, OLD);
    String menu = Files.readString(grub.config());
    Files.writeString(
        grub.config(), menu.replaceFirst("gnulinux-.*-advanced", "gnulinux-" + NEW + "-advanced"));
    assertThat(loader().read().entries())
        .extracting(BootEntry::id)
        .containsExactly("gnulinux-" + NEW + "-advanced", "gnulinux-" + OLD + "-advanced");

    grubby();

    assertThat(loader().read().entries())
        .extracting(BootEntry::id)
        .containsExactly(
            "CentOS Linux (" + NEW + ") 7 (Core)", "CentOS Linux (" + OLD + ") 7 (Core)");
    loader().set("CentOS Linux (" + OLD + ") 7 (Core)");
    assertThat(loader().read().defaultKernel()).isEqualTo(kernel(OLD));
  }

  @Test
  void names_an_entry_file_by_its_id_even_with_grubby() throws Exception {
    GrubFixture.withBls(host.paths(), NEW, OLD);
    grubby();

    assertThat(loader().read().entry(new Kernel(OLD), null))
        .map(BootEntry::id)
        .hasValue("0123456789abcdef-" + OLD);
  }

  /** As beside systemd-boot or zipl, where what grubby says means nothing. */
  @Test
  void finds_nothing_where_only_grubby_is() throws Exception {
    grubby();

    assertThat(new BootLoaders(host.paths(), host.runner()).find()).isEmpty();
  }

  private void grubby() throws IOException {
    host.standIn("grubby", "echo \"$0: unexpected: $*\" >&2; exit 1\n");
  }
}
