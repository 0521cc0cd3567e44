package org.kmodkeeper.compress;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.commons.io.channels.ByteArraySeekableByteChannel;
import org.kmodkeeper.host.IoErrors;

/** Reads files that kernels keep compressed or not. */
public final class Decompressor {
  /** What most modules unpack to; a larger one is unpacked to the disk, not to the memory. */
  private static final int MAX_IN_MEMORY = 4 << 20;

  /** Larger than any module, those with debugging sections too; ends a decompression bomb. */
  private static final long MAX_BYTES = 1L << 30;

  private static final int CHUNK = 64 << 10;

  private static final Room TEMPORARY = () -> Files.createTempFile("kmodkeeper-module", null);

  private Decompressor() {}

  /** There is no space to unpack a file, which says nothing about the file. */
  public static final class NoRoomException extends IOException {
    NoRoomException(IOException refusal) {
      super("cannot unpack a module: " + IoErrors.text(refusal), refusal);
    }
  }

  /** What is done with the plain contents. */
  @FunctionalInterface
  public interface Use<P, T> {
    T with(P plain) throws IOException, DamagedModuleException;
  }

  /**
   * Opens the file for the time of the call, to be read from its start on.
   *
   * @throws DamagedModuleException if the compressed data is truncated or corrupt
   * @throws IOException if the file cannot be opened
   */
  public static <T> T read(Path file, Use<InputStream, T> use)
      throws IOException, DamagedModuleException {
    try (InputStream raw = Files.newInputStream(file)) {
      return read(raw, use);
    }
  }

  /** The same with a file that is open. */
  public static <T> T read(InputStream raw, Use<InputStream, T> use)
      throws IOException, DamagedModuleException {
    try (InputStream plain = Compression.open(buffered(raw))) {
      return use.with(plain);
    } catch (NoRoomException noRoom) {
      throw noRoom;
    } catch (IOException garbled) {
      throw unreadable(garbled);
    }
  }

  /**
   * Opens the file for the time of the call, to be read in any order.
   *
   * @throws DamagedModuleException if the compressed data is truncated or corrupt
   * @throws IOException if the file cannot be opened, or there is no space to unpack it
   */
  public static <T> T seek(Path file, Use<SeekableByteChannel, T> use)
      throws IOException, DamagedModuleException {
    try (FileChannel channel = FileChannel.open(file)) {
      return seek(channel, use);
    }
  }

  /** The same with a file that is open. */
  public static <T> T seek(SeekableByteChannel file, Use<SeekableByteChannel, T> use)
      throws IOException, DamagedModuleException {
    return seek(file, use, TEMPORARY);
  }

  /** Makes an empty file. */
  @FunctionalInterface
  interface Room {
    Path file() throws IOException;
  }

  /**
   * The same.
   *
   * @param room where a large file is unpacked to
   */
  public static <T> T seek(SeekableByteChannel file, Use<SeekableByteChannel, T> use, Room room)
      throws IOException, DamagedModuleException {
    BufferedInputStream raw = buffered(Channels.newInputStream(file));
    return read(raw, plain -> plain == raw ? use.with(file) : unpacked(plain, use, room));
  }

  /** The same with a stream; it need not be compressed. */
  public static <T> T unpack(InputStream packed, Use<SeekableByteChannel, T> use)
      throws IOException, DamagedModuleException {
    return read(packed, plain -> unpacked(plain, use, TEMPORARY));
  }

  private static <T> T unpacked(InputStream unlimited, Use<SeekableByteChannel, T> use, Room room)
      throws IOException, DamagedModuleException {
    InputStream plain = Compression.limited(unlimited, MAX_BYTES);
    byte[] start = plain.readNBytes(MAX_IN_MEMORY);
    if (start.length < MAX_IN_MEMORY) {
      return use.with(ByteArraySeekableByteChannel.wrap(start));
    }
    try (FileChannel file = open(room)) {
      write(file, start, start.length);
      byte[] chunk = new byte[CHUNK];
      for (int read = plain.read(chunk); read >= 0; read = plain.read(chunk)) {
        write(file, chunk, read);
      }
      return use.with(file.position(0));
    }
  }

  /** It has no name any more when this returns, so that nothing stays behind of a kill. */
  private static FileChannel open(Room room) throws IOException {
    try {
      return FileChannel.open(
          room.file(),
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException refusal) {
      throw new NoRoomException(refusal);
    }
  }

  private static void write(FileChannel file, byte[] bytes, int length) throws IOException {
    try {
      for (ByteBuffer left = ByteBuffer.wrap(bytes, 0, length); left.hasRemaining(); ) {
        file.write(left);
      }
    } catch (IOException refusal) {
      throw new NoRoomException(refusal);
    }
  }

  private static BufferedInputStream buffered(InputStream raw) {
    return raw instanceof BufferedInputStream buffered ? buffered : new BufferedInputStream(raw);
  }

  private static DamagedModuleException unreadable(IOException garbled) {
    return new DamagedModuleException("cannot be read: " + Compression.why(garbled));
  }
}
