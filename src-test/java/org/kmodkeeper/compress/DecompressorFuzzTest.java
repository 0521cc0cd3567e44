package org.kmodkeeper.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Lines.assertIsLine;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.io.channels.ByteArraySeekableByteChannel;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DecompressorFuzzTest {
  /** A small input may stand for very much; it is enough to see the beginning. */
  private static final int ENOUGH = 1 << 20;

  @FuzzTest
  void reads_any_bytes_or_calls_them_damaged(byte[] file) throws IOException {
    byte[] fromStart;
    try {
      fromStart = Decompressor.read(new ByteArrayInputStream(file), DecompressorFuzzTest::start);
    } catch (DamagedModuleException garbled) {
      assertIsLine(String.valueOf(garbled.getMessage()));
      return;
    }

    if (fromStart.length < ENOUGH) {
      assertThat(anyOrder(file)).isEqualTo(fromStart);
    }
  }

  @FuzzTest
  void restores_what_was_compressed(byte[] plain) throws IOException {
    assertThat(anyOrder(packed(plain, GZIPOutputStream::new))).isEqualTo(plain);
    assertThat(anyOrder(packed(plain, ZstdOutputStream::new))).isEqualTo(plain);
    assertThat(anyOrder(packed(plain, to -> new XZOutputStream(to, new LZMA2Options(0)))))
        .isEqualTo(plain);
  }

  private static byte[] start(InputStream plain) throws IOException {
    return plain.readNBytes(ENOUGH);
  }

  private static byte[] anyOrder(byte[] file) {
    try {
      return Decompressor.seek(
          ByteArraySeekableByteChannel.wrap(file),
          plain -> Channels.newInputStream(plain.position(0)).readAllBytes());
    } catch (IOException | DamagedModuleException garbled) {
      throw new AssertionError(garbled);
    }
  }

  /** Opens a compressor. */
  private interface Compressor {
    OutputStream to(OutputStream packed) throws IOException;
  }

  private static byte[] packed(byte[] plain, Compressor compressor) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (OutputStream out = compressor.to(packed)) {
      out.write(plain);
    }
    return packed.toByteArray();
  }
}
