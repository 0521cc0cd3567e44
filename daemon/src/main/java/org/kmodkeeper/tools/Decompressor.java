package org.kmodkeeper.tools;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/** Reads files that kernels keep compressed: {@code .gz}, {@code .xz} and {@code .zst}. */
final class Decompressor {
  /** What xz may use for one file: its preset 9, the largest that is met, needs 64 MiB. */
  private static final int MOST_XZ_KIBIBYTES = 66 << 10;

  private Decompressor() {}

  /** What is done with the plain contents. */
  @FunctionalInterface
  interface Use<T> {
    T with(InputStream plain) throws IOException, DamagedModuleException;
  }

  /**
   * Opens the file for the time of the call.
   *
   * @throws DamagedModuleException if what should be compressed is cut short or garbled
   * @throws IOException if the file cannot be opened
   */
  static <T> T read(Path file, Use<T> use) throws IOException, DamagedModuleException {
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      try (InputStream plain = open(file, raw)) {
        return use.with(plain);
      } catch (IOException | MalformedInputException garbled) {
        throw new DamagedModuleException("cannot be read: " + garbled.getMessage());
      }
    }
  }

  private static InputStream open(Path file, InputStream raw) throws IOException {
    String name = file.getFileName().toString();
    if (name.endsWith(".gz")) {
      return new GZIPInputStream(raw, 1 << 16);
    }
    if (name.endsWith(".xz")) {
      return new XZInputStream(raw, MOST_XZ_KIBIBYTES);
    }
    return name.endsWith(".zst") ? new ZstdInputStream(raw) : raw;
  }
}
