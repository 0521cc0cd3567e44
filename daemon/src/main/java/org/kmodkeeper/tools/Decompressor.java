package org.kmodkeeper.tools;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads files that kernels keep compressed or not. */
final class Decompressor {
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
    try (var raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      try (InputStream plain = Compression.open(raw)) {
        return use.with(plain);
      } catch (IOException garbled) {
        throw new DamagedModuleException("cannot be read: " + garbled.getMessage());
      }
    }
  }
}
