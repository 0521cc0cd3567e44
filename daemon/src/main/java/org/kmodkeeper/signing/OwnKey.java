package org.kmodkeeper.signing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Optional;
import org.kmodkeeper.host.HostPaths;

/**
 * The key that this host has made for itself. Only root can read it, and what a build sees of the
 * directory is empty.
 *
 * @param directory where it is, or would be
 */
public record OwnKey(Path directory) {
  /** That of a host, there or not. */
  public static OwnKey of(HostPaths paths) {
    return new OwnKey(paths.configuration().resolve("keys"));
  }

  /** The certificate and the key that sign, in PEM form and in one file, so that they fit. */
  public Path signing() {
    return directory.resolve("signing.pem");
  }

  /** The certificate that is enrolled, in DER form; the signing one's own, or its issuer's. */
  public Path enrolled() {
    return directory.resolve("enroll.der");
  }

  /** The issuer's certificate and key; missing where a key signs that is enrolled itself. */
  public Path authority() {
    return directory.resolve("ca.pem");
  }

  public boolean exists() {
    return Files.exists(signing());
  }

  /** Whether another key can sign without another enrolment. */
  public boolean canRotate() {
    return Files.exists(authority());
  }

  /** Removes the secret parts; the certificate that is enrolled stays. */
  public void remove() throws IOException {
    Files.deleteIfExists(signing());
    Files.deleteIfExists(authority());
  }

  /** The certificate that signs; empty if this user may not read it. */
  public Optional<X509Certificate> certificate() throws IOException {
    return Certificates.in(signing());
  }
}
