package org.kmodkeeper.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that unpacks to more than is kept in memory. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DecompressorTest {
  private final byte[] content = new byte[5 << 20];
  private final Path directory;
  private final Path packed;

  DecompressorTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.packed = directory.resolve("large.gz");
    Files.createDirectory(directory.resolve("temporary"));
    new Random(1).nextBytes(content);
    try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(content);
    }
  }

  private byte[] unpack() throws IOException, DamagedModuleException {
    Path temporary = directory.resolve("temporary");
    try (FileChannel channel = FileChannel.open(packed)) {
      return Decompressor.seek(
          channel,
          plain -> {
            // A kill at this moment leaves nothing behind.
            assertThat(temporary).isEmptyDirectory();
            return Channels.newInputStream(plain).readAllBytes();
          },
          () -> Files.createTempFile(temporary, "large", null));
    }
  }

  @Test
  void comes_out_whole() throws Exception {
    assertThat(unpack()).isEqualTo(content);
  }

  @Test
  void is_not_damaged_where_it_cannot_be_unpacked() throws IOException {
    Files.delete(directory.resolve("temporary"));

    assertThatIOException()
        .isThrownBy(this::unpack)
        .withMessageStartingWith("cannot unpack a module: ")
        .withMessageContaining(directory.resolve("temporary").toString());
  }
}
