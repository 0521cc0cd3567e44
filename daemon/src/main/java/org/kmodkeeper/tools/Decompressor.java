package org.kmodkeeper.tools;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.channels.ByteArraySeekableByteChannel;
import org.apache.commons.io.output.DeferredFileOutputStream;

/** Reads files that kernels keep compressed or not. */
final class Decompressor {
  /** What most modules unpack to; a larger one is unpacked to the disk, not to the memory. */
  private static final int IN_MEMORY = 4 << 20;

  /** Larger than any module, those with debugging sections too; ends a decompression bomb. */
  private static final long MOST_BYTES = 1L << 30;

  private Decompressor() {}

  /** What is done with the plain contents. */
  @FunctionalInterface
  interface Use<P, T> {
    T with(P plain) throws IOException, DamagedModuleException;
  }

  /**
   * Opens the file for the time of the call, to be read from its start on.
   *
   * @throws DamagedModuleException if what should be compressed is cut short or garbled
   * @throws IOException if the file cannot be opened
   */
  static <T> T read(Path file, Use<InputStream, T> use) throws IOException, DamagedModuleException {
    try (InputStream raw = Files.newInputStream(file)) {
      return read(raw, use);
    }
  }

  /** The same with a file that is open. */
  static <T> T read(InputStream raw, Use<InputStream, T> use) throws DamagedModuleException {
    try (InputStream plain = Compression.open(buffered(raw))) {
      return use.with(plain);
    } catch (IOException garbled) {
      throw unreadable(garbled);
    }
  }

  /** Opens the file for the time of the call, to be read in any order. */
  static <T> T seek(Path file, Use<SeekableByteChannel, T> use)
      throws IOException, DamagedModuleException {
    try (FileChannel channel = FileChannel.open(file)) {
      return seek(channel, use);
    }
  }

  /** The same with a file that is open. */
  static <T> T seek(SeekableByteChannel file, Use<SeekableByteChannel, T> use)
      throws DamagedModuleException {
    BufferedInputStream raw = buffered(Channels.newInputStream(file));
    try (InputStream plain = Compression.open(raw)) {
      return plain == raw ? use.with(file) : unpacked(plain, use);
    } catch (IOException garbled) {
      throw unreadable(garbled);
    }
  }

  private static <T> T unpacked(InputStream plain, Use<SeekableByteChannel, T> use)
      throws IOException, DamagedModuleException {
    DeferredFileOutputStream unpacked =
        DeferredFileOutputStream.builder().setThreshold(IN_MEMORY).setPrefix("module").get();
    try {
      try (unpacked) {
        Compression.limited(plain, MOST_BYTES).transferTo(unpacked);
      }
      if (unpacked.isInMemory()) {
        return use.with(ByteArraySeekableByteChannel.wrap(unpacked.getData()));
      }
      try (FileChannel channel = FileChannel.open(unpacked.getPath())) {
        return use.with(channel);
      }
    } finally {
      if (!unpacked.isInMemory()) {
        Files.deleteIfExists(unpacked.getPath());
      }
    }
  }

  private static BufferedInputStream buffered(InputStream raw) {
    return new BufferedInputStream(raw);
  }

  private static DamagedModuleException unreadable(IOException garbled) {
    return new DamagedModuleException("cannot be read: " + Compression.why(garbled));
  }
}
