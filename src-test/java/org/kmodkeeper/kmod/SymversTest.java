package org.kmodkeeper.kmod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SymversTest {
  private static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");
  private static final String LINES =
      """
      0x92997ed8\t_printk\tvmlinux\tEXPORT_SYMBOL\t
      0x00000000\tno_crc\tvmlinux\tEXPORT_SYMBOL_GPL\t
      0xffffffff\thigh\tdrivers/net/x\tEXPORT_SYMBOL_GPL\tNET
      """;

  private final HostPaths paths;
  private final Symvers symvers;

  SymversTest(@TempDir Path root) {
    paths = new HostPaths(root);
    symvers = new Symvers(paths);
  }

  private Path list(String text) throws IOException {
    return HostFixture.write(paths.tree(KERNEL).resolve("build/Module.symvers"), text);
  }

  @Test
  void finds_none_for_a_kernel_without_a_list() {
    assertThat(symvers.find(KERNEL)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lib/modules/6.1.0-1.el9.x86_64/symvers.gz",
        "lib/modules/6.1.0-1.el9.x86_64/symvers.xz",
        "lib/modules/6.1.0-1.el9.x86_64/symvers.zst",
        "boot/symvers-6.1.0-1.el9.x86_64.gz",
        "boot/symvers-6.1.0-1.el9.x86_64.xz",
        "boot/symvers-6.1.0-1.el9.x86_64.zst",
      })
  void prefers_the_kernels_own_list_to_that_of_the_headers(String place) throws IOException {
    Path ofHeaders = list(LINES);
    assertThat(symvers.find(KERNEL)).contains(ofHeaders);

    Path own = HostFixture.write(paths.root().resolve(place), "");

    assertThat(symvers.find(KERNEL)).contains(own);
  }

  @Test
  void reads_only_what_was_asked_for() throws IOException {
    Path list = list(LINES);

    assertThat(Symvers.look(list, Set.of("_printk", "high", "absent")))
        .containsOnly(
            entry("_printk", new Symvers.Offer(0x92997ed8L, "")),
            entry("high", new Symvers.Offer(0xffffffffL, "drivers/net/x")));
  }

  @Test
  void reads_a_symbol_without_a_CRC_as_zeros() throws IOException {
    assertThat(Symvers.look(list(LINES), Set.of("no_crc")))
        .containsOnly(entry("no_crc", new Symvers.Offer(ModuleContent.NO_CRC, "")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/etc/x", "vmlinux", "vmlinux\tX\tNET", "x\0y"})
  void assigns_image_symbols_and_impossible_places_to_no_module(String rest) throws IOException {
    assertThat(Symvers.look(list("0x92997ed8\t_printk\t" + rest + "\n"), Set.of("_printk")))
        .containsOnly(entry("_printk", new Symvers.Offer(0x92997ed8L, "")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "xz --check=crc32", "zstd -q"})
  void reads_a_compressed_list(String compressor) throws Exception {
    Path plain = list(LINES);
    Path packed = paths.root().resolve("packed");
    var runner = new CommandRunner(SearchPath.SYSTEM);
    String line = compressor + " <" + plain + " >" + packed;
    assertThat(runner.run(Command.of(List.of("bash", "-c", line))).succeeded()).isTrue();

    assertThat(Symvers.look(packed, Set.of("_printk"))).containsKey("_printk");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0x9299zed8\t_printk\tvmlinux\tX",
        "0x-1\t_printk\tvmlinux\tX",
        "0x123456789\t_printk\tvmlinux\tX",
        "0x\t_printk\tvmlinux\tX",
        "92997ed8\t_printk\tvmlinux\tX",
        "0x92997ed8 _printk vmlinux X",
        "0x92997ed8\t_printk",
        "_printk",
        ""
      })
  void ignores_a_line_of_another_form(String line) throws IOException {
    assertThat(Symvers.look(list(line + "\n"), Set.of("_printk"))).isEmpty();
  }

  @Test
  void loses_only_a_line_without_an_end() throws IOException {
    Path list = list("x".repeat(1 << 20) + "\n" + LINES);

    assertThat(Symvers.look(list, Set.of("_printk"))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5})
  void fails_on_a_truncated_list(int length) throws IOException {
    Path list = HostFixture.write(paths.tree(KERNEL).resolve("symvers.gz"), "");
    byte[] begun = {0x1f, (byte) 0x8b, 8, 0, 0};
    Files.write(list, Arrays.copyOf(begun, length));

    assertThatIOException()
        .isThrownBy(() -> Symvers.look(list, Set.of("_printk")))
        .withMessageStartingWith(list + " is damaged: ")
        .withMessageEndingWith("; reinstall the package that owns it");
  }
}
