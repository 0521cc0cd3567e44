package org.kmodkeeper.adopt;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** An archive as anybody may make one: with any names, types and sizes. */
final class TestArchive {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8");

  TestArchive() {
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
  }

  TestArchive file(String path, String text) {
    return file(path, text, 0644);
  }

  TestArchive file(String path, String text, int mode) {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    var entry = new TarArchiveEntry(path, TarConstants.LF_NORMAL, true);
    entry.setSize(content.length);
    entry.setMode(mode);
    return add(entry, content);
  }

  TestArchive directory(String path) {
    return of(TarConstants.LF_DIR, path, "");
  }

  TestArchive symbolicLink(String path, String target) {
    return of(TarConstants.LF_SYMLINK, path, target);
  }

  TestArchive hardLink(String path, String target) {
    return of(TarConstants.LF_LINK, path, target);
  }

  /** An entry of any type, without content. */
  TestArchive of(byte type, String path, String target) {
    var entry = new TarArchiveEntry(path, type, true);
    entry.setLinkName(target);
    return add(entry, new byte[0]);
  }

  private TestArchive add(TarArchiveEntry entry, byte[] content) {
    try {
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
      return this;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** The archive's bytes, to be broken. */
  byte[] bytes() throws IOException {
    tar.close();
    return bytes.toByteArray();
  }

  Path at(Path file) throws IOException {
    return Files.write(file, bytes());
  }

  /** The archive after a change of its bytes. */
  Path at(Path file, Consumer<byte[]> change) throws IOException {
    byte[] changed = bytes();
    change.accept(changed);
    return Files.write(file, changed);
  }
}
