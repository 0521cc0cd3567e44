package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class KernelInventoryTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";

  private final HostFixture host;
  private final KernelInventory inventory;

  KernelInventoryTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    inventory = new KernelInventory(host.paths());
  }

  @Test
  void takes_a_tree_with_image_and_list_of_modules_for_a_kernel() throws IOException {
    host.kernel(RELEASE);

    assertThat(inventory.installed()).containsExactly(new Kernel(RELEASE));
    assertThat(inventory.leftovers()).isEmpty();
  }

  @Test
  void finds_the_image_of_a_kernel_in_boot() throws IOException {
    Files.delete(host.kernel(RELEASE).file("vmlinuz"));
    HostFixture.write(host.paths().boot().resolve("vmlinuz-" + RELEASE), "image");

    assertThat(inventory.installed()).containsExactly(new Kernel(RELEASE));
  }

  @Test
  void ignores_the_image_of_another_kernel_in_boot() throws IOException {
    Files.delete(host.kernel(RELEASE).file("vmlinuz"));
    HostFixture.write(host.paths().boot().resolve("vmlinuz-6.1.0-2.el9.x86_64"), "image");

    assertThat(inventory.installed()).isEmpty();
  }

  @Test
  void accepts_a_kernel_without_loadable_modules_of_its_own() throws IOException {
    Files.delete(host.kernel(RELEASE).file("modules.order"));

    assertThat(inventory.installed()).containsExactly(new Kernel(RELEASE));
  }

  @Test
  void calls_a_directory_with_only_extra_a_leftover() throws IOException {
    Files.createDirectories(host.paths().modules().resolve(RELEASE).resolve("extra"));

    assertThat(inventory.installed()).isEmpty();
    assertThat(inventory.leftovers()).containsExactly(new Kernel(RELEASE));
  }

  @Test
  void calls_an_image_without_any_list_of_modules_a_leftover() throws IOException {
    var kernel = host.kernel(RELEASE);
    Files.delete(kernel.file("modules.order"));
    Files.delete(kernel.file("modules.builtin"));

    assertThat(inventory.leftovers()).containsExactly(new Kernel(RELEASE));
  }

  @Test
  void accepts_a_unified_image() throws IOException {
    var kernel = host.kernel(RELEASE);
    Files.move(kernel.file("vmlinuz"), kernel.file("vmlinuz-virt.efi"));

    assertThat(inventory.installed()).containsExactly(new Kernel(RELEASE));
  }

  /** As on EL 7, where images are in /boot only, while that is not mounted. */
  @Test
  void never_calls_a_tree_a_leftover_whose_image_cannot_be_seen() throws IOException {
    Files.delete(host.kernel(RELEASE).file("vmlinuz"));

    assertThat(inventory.installed()).isEmpty();
    assertThat(inventory.leftovers()).isEmpty();
    assertThat(inventory.isGone(new Kernel(RELEASE))).isFalse();
  }

  @Test
  void keeps_the_running_kernel_even_without_an_image() throws IOException {
    var kernel = host.kernel(RELEASE);
    HostFixture.write(host.paths().runningRelease(), RELEASE + "\n");
    Files.delete(kernel.file("vmlinuz"));
    assertThat(inventory.installed()).containsExactly(new Kernel(RELEASE));

    Files.delete(kernel.file("modules.order"));
    Files.delete(kernel.file("modules.builtin"));

    assertThat(inventory.isGone(new Kernel(RELEASE))).isFalse();
    assertThat(inventory.leftovers()).isEmpty();
  }

  @Test
  void lists_the_newest_kernel_first() throws IOException {
    host.kernel("6.1.9-1.el9.x86_64");
    host.kernel("6.1.10-1.el9.x86_64");
    host.kernel("5.14.0-1.el9.x86_64");

    assertThat(inventory.installed())
        .extracting(Kernel::release)
        .containsExactly("6.1.10-1.el9.x86_64", "6.1.9-1.el9.x86_64", "5.14.0-1.el9.x86_64");
  }

  @Test
  void skips_files_and_directories_with_other_names() throws IOException {
    Files.createDirectories(host.paths().modules().resolve(".hidden"));
    HostFixture.write(host.paths().modules().resolve("6.1.0"), "a file");

    assertThat(inventory.installed()).isEmpty();
    assertThat(inventory.leftovers()).isEmpty();
  }

  @Test
  void lists_no_kernels_without_any_module_tree() throws IOException {
    assertThat(inventory.installed()).isEmpty();
    assertThat(inventory.leftovers()).isEmpty();
  }

  @Test
  void reads_from_proc_which_kernel_runs() throws IOException {
    HostFixture.write(host.paths().runningRelease(), RELEASE + "\n");

    assertThat(inventory.running()).contains(new Kernel(RELEASE));
  }

  @Test
  void knows_no_running_kernel_without_proc() {
    assertThat(inventory.running()).isEmpty();
  }
}
