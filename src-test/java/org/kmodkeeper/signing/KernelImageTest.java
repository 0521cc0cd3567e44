package org.kmodkeeper.signing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.TestKey;

/** Images with the headers that boot loaders read, around a certificate among other bytes. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KernelImageTest {
  private static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");

  private Path directory;
  private KernelImage image;
  private Path file;
  private byte[] certificate;

  @BeforeEach
  void lay_out(@TempDir Path root) throws Exception {
    directory = root;
    image = new KernelImage(new HostPaths(root));
    file = new HostPaths(root).tree(KERNEL).resolve("vmlinuz");
    Files.createDirectories(file.getParent());
    certificate = Files.readAllBytes(TestKey.named("build time key", root).certificate());
  }

  private List<String> subjects() throws Exception {
    return image.certificates(KERNEL).stream()
        .map(one -> one.getSubjectX500Principal().getName())
        .toList();
  }

  /** What a kernel unpacks to. */
  private byte[] kernel() throws IOException {
    byte[] code = new byte[200_000];
    new Random(4711).nextBytes(code);
    var kernel = new ByteArrayOutputStream();
    kernel.write(code);
    kernel.write(certificate);
    kernel.write(code);
    return kernel.toByteArray();
  }

  private byte[] packed(String compressor) throws Exception {
    Path plain = Files.write(directory.resolve("plain"), kernel());
    Path packed = directory.resolve("packed");
    int status =
        new ProcessBuilder("bash", "-c", compressor)
            .redirectInput(plain.toFile())
            .redirectOutput(packed.toFile())
            .start()
            .waitFor();
    assertThat(status).isZero();
    return Files.readAllBytes(packed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cat", "gzip -9", "xz --check=crc32 --x86 --lzma2=dict=16MiB", "zstd -q -19"})
  void finds_the_certificate_in_an_image_for_x86(String compressor) throws Exception {
    byte[] payload = packed(compressor);
    int setupSectors = 39;
    ByteBuffer bytes = ByteBuffer.allocate((setupSectors + 1) * 512 + 0x2cc + payload.length + 999);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0x1f1, (byte) setupSectors);
    bytes.put(0x202, "HdrS".getBytes(StandardCharsets.US_ASCII));
    bytes.putInt(0x248, 0x2cc).putInt(0x24c, payload.length);
    bytes.put((setupSectors + 1) * 512 + 0x2cc, payload);
    // The size of what it unpacks to, which the build appends for all compressors but gzip.
    bytes.putInt((setupSectors + 1) * 512 + 0x2cc + payload.length, 0x12345678);
    Files.write(file, bytes.array());

    assertThat(subjects()).containsExactly("CN=build time key");
  }

  @Test
  void finds_the_certificate_in_an_image_that_EFI_unpacks() throws Exception {
    byte[] payload = packed("gzip");
    ByteBuffer bytes = ByteBuffer.allocate(0x1000 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0, "MZ\0\0zimg".getBytes(StandardCharsets.US_ASCII));
    bytes.putInt(8, 0x1000).putInt(12, payload.length).put(0x1000, payload);
    Files.write(file, bytes.array());

    assertThat(subjects()).containsExactly("CN=build time key");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cat", "gzip"})
  void accepts_an_image_that_is_the_kernel_itself(String compressor) throws Exception {
    Files.write(file, packed(compressor));

    assertThat(subjects()).containsExactly("CN=build time key");
  }

  @Test
  void finds_an_image_in_boot() throws Exception {
    Path boot = new HostPaths(directory).boot();
    Files.createDirectories(boot);
    Files.write(boot.resolve("vmlinuz-" + KERNEL), kernel());

    assertThat(subjects()).containsExactly("CN=build time key");
  }

  @Test
  void shows_no_keys_of_an_image_that_needs_too_much_memory() throws Exception {
    Files.write(file, packed("zstd -q --ultra -22 --long=27"));

    assertThat(subjects()).isEmpty();
  }

  @Test
  void finds_none_in_an_image_that_is_gone_empty_or_garbled() throws Exception {
    assertThat(subjects()).isEmpty();

    Files.createFile(file);
    assertThat(subjects()).isEmpty();

    ByteBuffer far = ByteBuffer.allocate(0x1000).order(ByteOrder.LITTLE_ENDIAN);
    far.put(0x202, "HdrS".getBytes(StandardCharsets.US_ASCII)).putInt(0x248, -1);
    Files.write(file, far.array());
    assertThat(subjects()).isEmpty();
  }

  @Test
  void reads_an_image_again_that_was_replaced() throws Exception {
    Files.write(file, kernel());
    assertThat(subjects()).hasSize(1);
    Files.delete(file);

    Files.write(file, new byte[1000]);

    assertThat(subjects()).isEmpty();
  }

  @Test
  void finds_a_certificate_wherever_it_begins() throws Exception {
    int window = 8 << 14;
    for (int before = window - 2 * certificate.length; before < window + 9; before += 7) {
      byte[] bytes = new byte[before + certificate.length];
      System.arraycopy(certificate, 0, bytes, before, certificate.length);

      assertThat(among(bytes)).as("after %d bytes", before).hasSize(1);
    }
  }

  @Test
  void finds_certificates_that_follow_one_another() throws Exception {
    byte[] four = new byte[4 * certificate.length];
    for (int at = 0; at < four.length; at += certificate.length) {
      System.arraycopy(certificate, 0, four, at, certificate.length);
    }

    assertThat(among(four)).hasSize(4);
  }

  private static List<X509Certificate> among(byte[] bytes) throws IOException {
    List<X509Certificate> found = new ArrayList<>();
    Certificates.addFrom(new ByteArrayInputStream(bytes), found);
    return found;
  }
}
