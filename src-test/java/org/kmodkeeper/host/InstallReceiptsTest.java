package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.host.InstallReceipts.Receipt;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class InstallReceiptsTest {
  private static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");
  private static final Receipt RECEIPT = new Receipt("1.2", Map.of("extra/ixgbevf.ko", "abc"));

  private final Path file;
  private final InstallReceipts receipts;

  InstallReceiptsTest(@TempDir Path root) {
    var paths = new HostPaths(root);
    file = paths.state().resolve("receipts").resolve(KERNEL.release()).resolve("ixgbevf.json");
    receipts = new InstallReceipts(paths);
  }

  @Test
  void reads_a_receipt_as_it_was_written() throws IOException {
    receipts.write(KERNEL, "ixgbevf", RECEIPT);

    assertThat(receipts.read(KERNEL, "ixgbevf")).contains(RECEIPT);
  }

  @Test
  void reads_none_without_a_receipt() throws IOException {
    assertThat(receipts.read(KERNEL, "ixgbevf")).isEmpty();
    assertThat(receipts.kernels()).isEmpty();
    assertThat(receipts.drivers(KERNEL)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "{}",
        "[]",
        "42",
        "{\"version\":\"1.2\"",
        "{\"version\":\"1.2\"}",
        "{\"version\":\"1.2\",\"files\":null}",
        "{\"version\":\"1.2\",\"files\":{\"extra/ixgbevf.ko\":null}}",
        "{\"version\":{},\"files\":{}}",
        "{\"files\":{\"extra/ixgbevf.ko\":\"abc\"}}",
        "\0\0\0\0"
      })
  void treats_a_damaged_receipt_as_none(String text) throws IOException {
    HostFixture.write(file, text);

    assertThat(receipts.read(KERNEL, "ixgbevf")).isEmpty();
  }

  @Test
  void treats_a_receipt_with_bytes_that_are_not_text_as_none() throws IOException {
    HostFixture.write(file, "");
    Files.write(file, "{\"version\":\"1\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1));

    assertThat(receipts.read(KERNEL, "ixgbevf")).isEmpty();
  }

  @Test
  void shows_by_a_damaged_receipt_that_the_driver_was_in_use() throws IOException {
    HostFixture.write(file, "torn");

    assertThat(receipts.anyOf("ixgbevf")).isTrue();
    assertThat(receipts.anyOf("hello")).isFalse();
    assertThat(receipts.drivers(KERNEL)).containsExactly("ixgbevf");
  }

  @Test
  void forgets_a_kernel_with_its_last_driver() throws IOException {
    receipts.write(KERNEL, "ixgbevf", RECEIPT);
    receipts.write(KERNEL, "hello", RECEIPT);

    receipts.forget(KERNEL, "ixgbevf");
    assertThat(receipts.kernels()).containsExactly(KERNEL);

    receipts.forget(KERNEL, "hello");
    assertThat(receipts.kernels()).isEmpty();
  }

  @Test
  void computes_the_sha256_of_a_file_as_its_digest() throws IOException {
    Path text = HostFixture.write(file.resolveSibling("text"), "abc");

    assertThat(Sha256.of(text))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
}
