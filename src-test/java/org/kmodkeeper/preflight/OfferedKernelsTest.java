package org.kmodkeeper.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.host.OfferedPackage;
import org.kmodkeeper.model.Kernel;

@DisplayNameGeneration(ReplaceUnderscores.class)
class OfferedKernelsTest {
  private static List<OfferedKernel> read(String text) {
    return OfferedKernels.read(text.lines().iterator(), kernel -> true).kernels();
  }

  @Test
  void reads_each_kernel_with_its_symbols_newest_first() {
    assertThat(
            read(
                """
                @ kernel-core
                kernel(netif_rx) = 0x00c0ffee
                kernel-uname-r = 5.14.0-570.el9.x86_64

                @ kernel-core
                kernel(netif_rx) = 0x01a002b3
                kernel-core-uname-r = 5.14.0-611.el9.x86_64
                kernel-uname-r = 5.14.0-611.el9.x86_64
                """))
        .containsExactly(
            new OfferedKernel(
                new Kernel("5.14.0-611.el9.x86_64"), Map.of("netif_rx", 0x01a002b3L), null),
            new OfferedKernel(
                new Kernel("5.14.0-570.el9.x86_64"), Map.of("netif_rx", 0x00c0ffeeL), null));
  }

  @Test
  void adds_the_symbols_of_the_packages_with_modules() {
    assertThat(
            read(
                """
                @ kernel-modules
                kernel(dm_put_device) = 0xffffffff
                kernel-modules-uname-r = 5.14.0-570.el9.x86_64
                @ kernel-core
                kernel(netif_rx) = 0x00000001
                kernel-uname-r = 5.14.0-570.el9.x86_64
                """))
        .singleElement()
        .extracting(OfferedKernel::symbols)
        .isEqualTo(Map.of("dm_put_device", 0xffffffffL, "netif_rx", 1L));
  }

  /** As kernel.spec of Fedora and EL 9 writes them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "kernel-rt-modules-core-uname-r",
        "kernel-rt-modules-uname-r",
        "kernel-rt-modules-extra-uname-r",
        "kernel-modules-internal-uname-r",
        "kernel-rt-modules-partner-uname-r",
      })
  void adds_the_symbols_of_a_variants_modules(String capability) {
    assertThat(
            read(
                """
                @ kernel-rt-modules
                %s = 5.14.0-570.el9.x86_64+rt
                kernel(dm_put_device) = 0xffffffff
                @ kernel-rt-core
                kernel(netif_rx) = 0x00000001
                kernel-rt-core-uname-r = 5.14.0-570.el9.x86_64+rt
                kernel-uname-r = 5.14.0-570.el9.x86_64+rt
                """
                    .formatted(capability)))
        .singleElement()
        .extracting(OfferedKernel::symbols)
        .isEqualTo(Map.of("dm_put_device", 0xffffffffL, "netif_rx", 1L));
  }

  @Test
  void knows_oracles_kernel_with_its_modules_and_headers() {
    assertThat(
            read(
                """
                @ kernel-uek-core-5.15.0-1.el9uek.x86_64 ol9_UEKR7
                kernel(netif_rx) = 0x00000001
                kernel-uek-uname-r = 5.15.0-1.el9uek.x86_64
                @ kernel-uek-modules-extra-5.15.0-1.el9uek.x86_64 ol9_UEKR7
                kernel(dm_put_device) = 0xffffffff
                kernel-uek-modules-extra-uname-r = 5.15.0-1.el9uek.x86_64
                @ kernel-uek-devel-5.15.0-1.el9uek.x86_64 ol9_UEKR7
                kernel-uek-devel-uname-r = 5.15.0-1.el9uek.x86_64
                """))
        .containsExactly(
            new OfferedKernel(
                new Kernel("5.15.0-1.el9uek.x86_64"),
                Map.of("dm_put_device", 0xffffffffL, "netif_rx", 1L),
                new OfferedPackage("kernel-uek-devel-5.15.0-1.el9uek.x86_64", "ol9_UEKR7")));
  }

  @Test
  void knows_a_variants_unified_image() {
    assertThat(read("@ kernel-64k-uki-virt\nkernel-64k-uname-r = 5.14.0-570.el9.aarch64+64k\n"))
        .extracting(OfferedKernel::kernel)
        .containsExactly(new Kernel("5.14.0-570.el9.aarch64+64k"));
  }

  @Test
  void passes_over_modules_without_their_kernel() {
    assertThat(read("@ kernel-modules\nkernel-modules-uname-r = 5.14.0-570.el9.x86_64\n"))
        .isEmpty();
  }

  @Test
  void knows_a_kernel_that_tells_no_symbols() {
    assertThat(read("@ kernel-core\nkernel-uname-r = 5.14.0-570.el9.x86_64\n"))
        .containsExactly(new OfferedKernel(new Kernel("5.14.0-570.el9.x86_64"), Map.of(), null));
  }

  @Test
  void knows_the_package_of_the_headers() {
    assertThat(
            read(
                """
                @ kernel-core-5.14.0-570.el9.x86_64 baseos
                kernel-uname-r = 5.14.0-570.el9.x86_64
                @ kernel-devel-5.14.0-570.el9.x86_64 appstream
                kernel-devel-uname-r = 5.14.0-570.el9.x86_64
                @ kernel-devel-5.14.0-611.el9.x86_64 appstream
                kernel-devel-uname-r = 5.14.0-611.el9.x86_64
                """))
        .containsExactly(
            new OfferedKernel(
                new Kernel("5.14.0-570.el9.x86_64"),
                Map.of(),
                new OfferedPackage("kernel-devel-5.14.0-570.el9.x86_64", "appstream")));
  }

  @Test
  void writes_a_variant_as_uname_prints_it() {
    assertThat(read("@ kernel-rt-64k-core\nkernel-uname-r = 5.14.0-570.el9.aarch64+rt_64k\n"))
        .extracting(OfferedKernel::kernel)
        .containsExactly(new Kernel("5.14.0-570.el9.aarch64+rt-64k"));
  }

  @Test
  void ignores_what_is_neither_kernel_nor_symbol() {
    assertThat(
            read(
                """
                Last metadata expiration check: 0:00:01 ago
                kernel(netif_rx) = 0x00000001
                @ kernel-core
                installonlypkg(kernel)
                kernel(too_short) = 0x1
                kernel-uname-r = ../../etc
                """))
        .isEmpty();
  }
}
