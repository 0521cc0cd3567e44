package org.kmodkeeper.adopt;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.io.IOUtils;
import org.apache.commons.io.input.ProxyInputStream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.adopt.SourceEntry.Kind;
import org.kmodkeeper.compress.Compression;

/** A tar archive, compressed or not. */
final class TarSource implements SourceTree {
  private static final int BUFFER = 1 << 16;

  private final Path file;

  TarSource(Path file) {
    this.file = file;
  }

  @Override
  public void read(Visitor visitor) throws IOException, RefusedException {
    try (var raw = new BufferedInputStream(Files.newInputStream(file), BUFFER);
        var plain = new Headers(Compression.open(raw));
        var tar = new WholeArchive(plain)) {
      @Nullable TarArchiveEntry header;
      while ((header = next(tar, plain)) != null) {
        plain.end();
        visitor.visit(entry(header), tar);
        IOUtils.consume(tar);
      }
      if (tar.cut) {
        throw new IOException("truncated: its end is missing");
      }
    }
  }

  private static @Nullable TarArchiveEntry next(TarArchiveInputStream tar, Headers plain)
      throws IOException {
    plain.begin();
    try {
      @Nullable TarArchiveEntry header = tar.getNextEntry();
      if (header != null && !header.isCheckSumOK()) {
        throw new IOException("not a tar archive, or a damaged one");
      }
      return header;
    } catch (RuntimeException garbled) {
      // What commons-compress 1.28.0 makes of numbers and names that it did not expect.
      throw new IOException("corrupt: " + garbled.getMessage(), garbled);
    }
  }

  private static SourceEntry entry(TarArchiveEntry header) {
    Kind kind = kind(header);
    boolean link = kind == Kind.SYMBOLIC_LINK || kind == Kind.HARD_LINK;
    return new SourceEntry(
        header.getName(),
        kind,
        kind == Kind.FILE ? header.getSize() : 0,
        header.getMode(),
        header.getLastModifiedTime(),
        link ? header.getLinkName() : "");
  }

  private static Kind kind(TarArchiveEntry header) {
    if (header.isSparse()) {
      return Kind.OTHER;
    }
    return switch (header.getLinkFlag()) {
      case TarConstants.LF_SYMLINK -> Kind.SYMBOLIC_LINK;
      case TarConstants.LF_LINK -> Kind.HARD_LINK;
      case TarConstants.LF_DIR -> Kind.DIRECTORY;
      // The oldest archives tell directories by their names only.
      case TarConstants.LF_OLDNORM, TarConstants.LF_NORMAL, TarConstants.LF_CONTIG ->
          header.isDirectory() ? Kind.DIRECTORY : Kind.FILE;
      default -> Kind.OTHER;
    };
  }

  /**
   * Notes whether the records that end an archive are there; tar itself does not insist on them.
   */
  private static final class WholeArchive extends TarArchiveInputStream {
    private boolean ended;
    private boolean cut;

    WholeArchive(InputStream in) {
      super(in, StandardCharsets.UTF_8.name());
    }

    @Override
    protected boolean isEOFRecord(byte @Nullable [] read) {
      cut |= read == null && !ended;
      ended = super.isEOFRecord(read);
      return ended;
    }
  }

  /**
   * Bounds what is read for one header: commons-compress 1.28.0 keeps a long name or an extended
   * header in memory, however long it is.
   */
  private static final class Headers extends ProxyInputStream {
    private static final long MAX_BYTES = 1 << 20;
    private long left = MAX_BYTES;

    Headers(InputStream in) {
      super(in);
    }

    void begin() {
      left = MAX_BYTES;
    }

    void end() {
      left = Long.MAX_VALUE;
    }

    @Override
    protected void afterRead(int count) throws IOException {
      left -= Math.max(0, count);
      if (left < 0) {
        throw new IOException("a header of more than " + MAX_BYTES + " bytes");
      }
    }
  }
}
