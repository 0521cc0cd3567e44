package org.kmodkeeper.signing;

import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.text.TextSanitizer;

/** What a signature tells of the certificate that verifies it: SignerIdentifier of RFC 5652. */
sealed interface Signer {
  /** Whether it tells of that one. */
  boolean is(X509Certificate certificate);

  /** Reads either form. */
  static Signer read(Der der) throws DamagedModuleException {
    if (der.at(KeyIdentifier.TAG)) {
      return new KeyIdentifier(HexFormat.of().formatHex(der.take(KeyIdentifier.TAG)));
    }
    Der name = der.enter(Der.SEQUENCE);
    try {
      return new IssuerAndSerialNumber(
          new X500Principal(name.takeWhole(Der.SEQUENCE)), new BigInteger(name.take(Der.INTEGER)));
    } catch (IllegalArgumentException noName) {
      throw new DamagedModuleException("has a signature without a signer");
    }
  }

  /** The usual form. */
  record IssuerAndSerialNumber(X500Principal issuer, BigInteger serial) implements Signer {
    @Override
    public boolean is(X509Certificate certificate) {
      return certificate.getSerialNumber().equals(serial)
          && certificate.getIssuerX500Principal().equals(issuer);
    }

    @Override
    public String toString() {
      return TextSanitizer.line(issuer.getName(), 120) + ", serial number " + serial.toString(16);
    }
  }

  /** What sign-file -k writes: a SubjectKeyIdentifier, in hexadecimal digits. */
  record KeyIdentifier(String key) implements Signer {
    private static final int TAG = 0x80;
    private static final String EXTENSION = "2.5.29.14";

    @Override
    public boolean is(X509Certificate certificate) {
      return of(certificate).filter(key::equals).isPresent();
    }

    /** That of a certificate, in hexadecimal digits, if it has one. */
    static Optional<String> of(X509Certificate certificate) {
      byte @Nullable [] extension = certificate.getExtensionValue(EXTENSION);
      // Its own OCTET STRING around that of the identifier, each with a tag and a length below 128.
      return extension != null && extension.length > 4
          ? Optional.of(HexFormat.of().formatHex(extension, 4, extension.length))
          : Optional.empty();
    }

    @Override
    public String toString() {
      return "key " + TextSanitizer.line(key, 120);
    }
  }
}
