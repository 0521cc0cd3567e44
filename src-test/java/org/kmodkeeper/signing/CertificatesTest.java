package org.kmodkeeper.signing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.testing.TestKey;

class CertificatesTest {
  /** Those of shim's list are found by what they begin with; openssl-ca(1) makes such ones. */
  @Test
  void finds_certificates_with_and_without_extensions(@TempDir Path directory) throws Exception {
    TestKey plain = TestKey.rsa("owner", directory);
    plain.dropExtensions();
    TestKey usual = TestKey.rsa("owner", directory);
    byte[] first = Files.readAllBytes(plain.certificate());
    byte[] second = Files.readAllBytes(usual.certificate());
    var list = ByteBuffer.allocate(44 + first.length + 44 + second.length);
    list.position(44).put(first).position(44 + first.length + 44).put(second);

    List<X509Certificate> found = new ArrayList<>();
    Certificates.addFrom(new ByteArrayInputStream(list.array()), found);

    assertThat(found).extracting(X509Certificate::getVersion).containsExactly(1, 3);
  }
}
