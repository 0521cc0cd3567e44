package org.kmodkeeper.signing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.io.input.BoundedInputStream;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.compress.Decompressor;

/**
 * The signature at the end of a module, as the kernel's scripts/sign-file.c appends it: a PKCS #7
 * message without what it signs (RFC 5652), struct module_signature of
 * include/linux/module_signature.h, and a line of text.
 *
 * <p>It is our own since modinfo tells who has signed, but not whether the signature is right for
 * what the file holds; for {@link Der} the reason stands there.
 */
public final class ModuleSignature {
  private static final byte[] MARKER =
      "~Module signature appended~\n".getBytes(StandardCharsets.US_ASCII);

  /**
   * struct module_signature: eight bytes of which one tells the kind, then the message's length.
   */
  private static final int TRAILER = 12;

  private static final long PKCS7 = 0x0000_0200_0000_0000L;

  /** Larger than a message by any algorithm, with all its certificates. */
  private static final int MAX_SIZE = 1 << 16;

  private static final int CONTEXT_0 = 0xa0;
  private static final int CONTEXT_1 = 0xa1;

  /** By the DER of their object identifiers; the names are those of java.security. */
  private static final Map<String, String> DIGESTS =
      Map.of(
          "2b0e03021a", "SHA1",
          "608648016503040204", "SHA224",
          "608648016503040201", "SHA256",
          "608648016503040202", "SHA384",
          "608648016503040203", "SHA512",
          "608648016503040208", "SHA3-256",
          "608648016503040209", "SHA3-384",
          "60864801650304020a", "SHA3-512");

  private final long signedBytes;
  private final Signer signer;
  private final String digest;
  private final byte[] value;
  private final List<X509Certificate> certificates;

  private ModuleSignature(
      long signedBytes,
      Signer signer,
      String digest,
      byte[] value,
      List<X509Certificate> certificates) {
    this.signedBytes = signedBytes;
    this.signer = signer;
    this.digest = digest;
    this.value = value;
    this.certificates = List.copyOf(certificates);
  }

  /** Whether the module ends as signed ones do. */
  public static boolean isAppendedTo(SeekableByteChannel module) throws IOException {
    return Arrays.equals(tail(module, MARKER.length), MARKER);
  }

  /**
   * The module's signature; empty if there is none.
   *
   * @throws DamagedModuleException if the kernel could not read it
   */
  static Optional<ModuleSignature> of(SeekableByteChannel module)
      throws IOException, DamagedModuleException {
    if (!isAppendedTo(module)) {
      return Optional.empty();
    }
    var trailer = ByteBuffer.wrap(Arrays.copyOf(tail(module, TRAILER + MARKER.length), TRAILER));
    int size = trailer.getInt(8);
    long signedBytes = module.size() - MARKER.length - TRAILER - size;
    if (trailer.getLong(0) != PKCS7 || size < 0 || size > MAX_SIZE || signedBytes < 0) {
      throw new DamagedModuleException("has a signature of an unknown kind");
    }
    module.position(signedBytes);
    byte[] message = Channels.newInputStream(module).readNBytes(size);
    return Optional.of(read(signedBytes, new Der(message)));
  }

  private static byte[] tail(SeekableByteChannel module, int count) throws IOException {
    module.position(Math.max(0, module.size() - count));
    return Channels.newInputStream(module).readNBytes(count);
  }

  /** ContentInfo, SignedData and the first SignerInfo of RFC 5652, sections 3 and 5. */
  private static ModuleSignature read(long signedBytes, Der message)
      throws IOException, DamagedModuleException {
    Der info = message.enter(Der.SEQUENCE);
    info.take(Der.OBJECT_IDENTIFIER);
    Der data = info.enter(CONTEXT_0).enter(Der.SEQUENCE);
    data.take(Der.INTEGER);
    data.take(Der.SET);
    data.take(Der.SEQUENCE);
    List<X509Certificate> certificates = new ArrayList<>();
    if (data.at(CONTEXT_0)) {
      Certificates.addFrom(new ByteArrayInputStream(data.take(CONTEXT_0)), certificates);
    }
    data.skip(CONTEXT_1);
    Der first = data.enter(Der.SET).enter(Der.SEQUENCE);
    first.take(Der.INTEGER);
    Signer signer = Signer.read(first);
    byte[] digest = first.enter(Der.SEQUENCE).take(Der.OBJECT_IDENTIFIER);
    if (first.at(CONTEXT_0)) {
      throw new DamagedModuleException("has a signature with attributes, which kernels refuse");
    }
    first.take(Der.SEQUENCE);
    return new ModuleSignature(
        signedBytes,
        signer,
        DIGESTS.getOrDefault(HexFormat.of().formatHex(digest), "unknown"),
        first.take(Der.OCTET_STRING),
        certificates);
  }

  Signer signer() {
    return signer;
  }

  /** The signer's own certificate, if the signature brings it. */
  Optional<X509Certificate> certificate() {
    return certificates.stream().filter(signer::is).findFirst();
  }

  /**
   * Appends a signature to a module, in the place of one that it has.
   *
   * @param message in the form of PKCS #7, of the module without any signature
   */
  public static void append(Path module, byte[] message) throws IOException {
    byte[] trailer = ByteBuffer.allocate(TRAILER).putLong(PKCS7).putInt(message.length).array();
    try (OutputStream out = Files.newOutputStream(module, StandardOpenOption.APPEND)) {
      out.write(message);
      out.write(trailer);
      out.write(MARKER);
    }
  }

  /** Takes a signature away; a module that is not compressed, and has none, stays as it is. */
  public static void remove(Path module) throws IOException, DamagedModuleException {
    try (FileChannel file =
        FileChannel.open(module, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      Optional<ModuleSignature> signature = of(file);
      if (signature.isPresent()) {
        file.truncate(signature.get().signedBytes);
      }
    }
  }

  /** Whether a module's signature is by the key of that certificate. */
  public static boolean isBy(Path module, X509Certificate certificate)
      throws IOException, DamagedModuleException {
    return Decompressor.seek(
        module,
        plain -> {
          Optional<ModuleSignature> signature = of(plain);
          return signature.isPresent()
              && signature.get().signer.is(certificate)
              && signature.get().isBy(certificate.getPublicKey(), plain);
        });
  }

  /** Whether it is that key's signature of the unchanged module. */
  boolean isBy(PublicKey key, SeekableByteChannel module) throws IOException {
    try {
      String scheme = key.getAlgorithm().equals("EC") ? "ECDSA" : key.getAlgorithm();
      var verification = Signature.getInstance(digest + "with" + scheme);
      verification.initVerify(key);
      InputStream content =
          BoundedInputStream.builder()
              .setInputStream(Channels.newInputStream(module.position(0)))
              .setMaxCount(signedBytes)
              .setPropagateClose(false)
              .get();
      byte[] buffer = new byte[1 << 16];
      for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
        verification.update(buffer, 0, count);
      }
      return verification.verify(value);
    } catch (GeneralSecurityException otherAlgorithm) {
      return false;
    }
  }
}
