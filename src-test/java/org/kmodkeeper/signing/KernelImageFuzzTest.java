package org.kmodkeeper.signing;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;

@DisplayNameGeneration(ReplaceUnderscores.class)
class KernelImageFuzzTest {
  @FuzzTest
  void finds_certificates_or_none_in_any_image(byte[] image) throws CertificateEncodingException {
    List<X509Certificate> found = KernelImage.certificates(new ByteArrayInputStream(image));

    assertThat(found).hasSizeLessThanOrEqualTo(256 + image.length / 64);
    for (X509Certificate one : found) {
      assertThat(KernelImage.certificates(new ByteArrayInputStream(one.getEncoded())))
          .containsExactly(one);
    }
  }
}
