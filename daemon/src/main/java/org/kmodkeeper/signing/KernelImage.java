package org.kmodkeeper.signing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.compress.Compression;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.LruCache;
import org.kmodkeeper.model.Kernel;

/**
 * The certificates that a kernel has built in: its {@code .builtin_trusted_keys}. It accepts
 * modules that are signed by them.
 */
final class KernelImage {
  private static final int HEADER = 0x250;

  private final HostPaths paths;
  private final LruCache<FileStamp, List<X509Certificate>> known = new LruCache<>(64);

  KernelImage(HostPaths paths) {
    this.paths = paths;
  }

  /** Where the kernel's image may be, most likely first. */
  List<Path> places(Kernel kernel) {
    return List.of(
        paths.tree(kernel).resolve("vmlinuz"), paths.boot().resolve("vmlinuz-" + kernel.release()));
  }

  /**
   * The certificates in it; none of an image that {@link Compression} does not read, or that was
   * compressed with more memory than the daemon has, as zstd does at its highest level.
   */
  List<X509Certificate> certificates(Kernel kernel) throws IOException, InterruptedException {
    Optional<Path> image = places(kernel).stream().filter(Files::exists).findFirst();
    Optional<FileStamp> identity = image.isPresent() ? FileStamp.of(image.get()) : Optional.empty();
    return identity.isPresent()
        ? known.<RuntimeException>get(identity.get(), () -> read(image.get()))
        : List.of();
  }

  private static List<X509Certificate> read(Path image) throws IOException {
    try (InputStream in = Files.newInputStream(image)) {
      return certificates(in);
    }
  }

  /** The certificates in an image that is open. */
  static List<X509Certificate> certificates(InputStream image) {
    List<X509Certificate> found = new ArrayList<>();
    try {
      var in = new BufferedInputStream(image, 1 << 16);
      in.skipNBytes(payload(Compression.peek(in, HEADER)));
      Certificates.addFrom(Compression.open(in), found);
    } catch (IOException end) {
      // What follows the kernel in its image is not of the same form.
    }
    return List.copyOf(found);
  }

  /**
   * Where the kernel begins that the image unpacks: Documentation/arch/x86/boot.rst, and
   * drivers/firmware/efi/libstub/zboot-header.S for other processors; 0 if the image is all of it.
   */
  private static long payload(byte[] start) {
    var header = ByteBuffer.wrap(Arrays.copyOf(start, HEADER)).order(ByteOrder.LITTLE_ENDIAN);
    String text = new String(header.array(), StandardCharsets.ISO_8859_1);
    if (text.startsWith("HdrS", 0x202)) {
      int setupSectors = header.get(0x1f1) & 0xff;
      return (setupSectors + 1) * 512L + Integer.toUnsignedLong(header.getInt(0x248));
    }
    return text.startsWith("MZ") && text.startsWith("zimg", 4)
        ? Integer.toUnsignedLong(header.getInt(8))
        : 0;
  }
}
