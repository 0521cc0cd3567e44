package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.GrubFixture;

/** The guard where the boot loader is set up otherwise, and when it reads one again. */
class GuardBootLoaderTest extends GuardFixture {
  @Test
  void reads_the_boot_loader_again_only_if_it_has_changed() throws Exception {
    assertThat(watching.next()).contains(new Kernel(A));
    host.standIn("grub-editenv", "exit 1");

    assertThat(watching.next()).contains(new Kernel(A));

    grub.edit("set", "timeout=5");
    assertThat(watching.next()).isEmpty();
    host.withoutStandIn("grub-editenv");
    assertThat(watching.next()).contains(new Kernel(A));
  }

  @Test
  void restores_the_first_entry_where_none_was_saved() throws Exception {
    grub.edit("unset", "saved_entry");
    keep();
    grub.entryFile(id(B), B);
    is(B, Verdict.MISSING);
    keep();
    assertBoots(A);
    is(B, Verdict.READY);

    keep();

    assertBoots(B);
    assertThat(grub.environmentText()).doesNotContain("saved_entry");
  }

  @Test
  void holds_and_releases_where_all_entries_have_the_same_id() throws Exception {
    String title = "saved_entry=CentOS Linux (" + B + ") 7 (Core)";
    GrubFixture.withCopies(host.paths(), B, A);
    grub.edit("set", title);
    is(B, Verdict.MISSING);

    keep();
    assertBoots(A);
    is(B, Verdict.READY);
    keep();

    assertBoots(B);
    assertNoHold();
    assertThat(grub.environmentText()).contains(title);
  }

  @Test
  void reports_an_unknown_boot_loader() throws Exception {
    Files.delete(grub.config());

    keep();

    assertThat(guard().status().trouble()).contains("kmodkeeper does not support the boot loader");
    assertThat(guard().status().next()).isNull();
  }
}
