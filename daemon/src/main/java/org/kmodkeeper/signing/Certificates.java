package org.kmodkeeper.signing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds X.509 certificates. */
public final class Certificates {
  /** Larger than any, also with a post-quantum key. */
  private static final int MAX_SIZE = 1 << 14;

  private static final int MIN_SIZE = 64;

  /** DER: the length stands in the two bytes that follow. */
  private static final byte LENGTH_IN_TWO = (byte) 0x82;

  private static final byte[] VERSION_3 = {(byte) 0xa0, 3, 2, 1, 2};

  /** More than any kernel or firmware trusts. */
  private static final int MAX_CERTIFICATES = 256;

  private Certificates() {}

  /** The certificate in a file in DER or PEM form; empty if there is none or no such file. */
  public static Optional<X509Certificate> in(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_SIZE);
      return parse(bytes, 0, bytes.length);
    }
  }

  /** When the certificates in these files end; those that cannot be read are left out. */
  public static Map<Path, Instant> ends(List<Path> files) {
    Map<Path, Instant> ends = new HashMap<>();
    for (Path file : files) {
      try {
        in(file).ifPresent(one -> ends.put(file, one.getNotAfter().toInstant()));
      } catch (IOException unreadable) {
        // What needs it reports it.
      }
    }
    return ends;
  }

  /**
   * Adds those that stand in DER form among other bytes, as in a kernel image or in a list of the
   * firmware's. No key is needed to find them: they all begin alike, with their version or, as that
   * of version 1 is not written, with their number.
   */
  static void addFrom(InputStream bytes, List<X509Certificate> found) throws IOException {
    byte[] window = new byte[8 * MAX_SIZE];
    int filled = 0;
    boolean more = true;
    while (more && found.size() < MAX_CERTIFICATES) {
      filled += bytes.readNBytes(window, filled, window.length - filled);
      more = filled == window.length;
      int last = more ? filled - MAX_SIZE : filled;
      int at = 0;
      while (at < last) {
        int size = sizeAt(window, at, filled);
        Optional<X509Certificate> one = size > 0 ? parse(window, at, size) : Optional.empty();
        one.ifPresent(found::add);
        at += one.isPresent() ? size : 1;
      }
      System.arraycopy(window, at, window, 0, filled - at);
      filled -= at;
    }
  }

  /** How long the one that begins there is: RFC 5280, section 4.1; 0 if none begins there. */
  private static int sizeAt(byte[] bytes, int at, int end) {
    if (end - at < MIN_SIZE || bytes[at] != Der.SEQUENCE || bytes[at + 1] != LENGTH_IN_TWO) {
      return 0;
    }
    int size = 4 + Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort(at + 2));
    int version = at + (bytes[at + 5] == LENGTH_IN_TWO ? 8 : 7);
    boolean begins =
        bytes[at + 4] == Der.SEQUENCE
            && (bytes[version] == Der.INTEGER
                || Arrays.equals(
                    bytes, version, version + VERSION_3.length, VERSION_3, 0, VERSION_3.length));
    return begins && size <= Math.min(MAX_SIZE, end - at) ? size : 0;
  }

  private static Optional<X509Certificate> parse(byte[] bytes, int from, int size) {
    try {
      var in = new ByteArrayInputStream(bytes, from, size);
      Certificate one = CertificateFactory.getInstance("X.509").generateCertificate(in);
      return Optional.of((X509Certificate) one);
    } catch (CertificateException other) {
      return Optional.empty();
    }
  }
}
