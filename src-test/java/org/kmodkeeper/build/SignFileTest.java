package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What sign-file of Linux 6.1 says, with OpenSSL 3.0. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SignFileTest {
  private static Optional<String> complaint(String said) {
    return SignFile.complaint(said.lines());
  }

  @Test
  void tells_that_key_and_certificate_do_not_fit() {
    assertThat(
            complaint(
                """
                Signing module /var/lib/dkms/ixgbevf/4.18.7/build/src/ixgbevf.ko
                At main.c:324:
                - SSL error:05800074:x509 certificate routines::key values mismatch: ../crypto/x509/x509_cmp.c:403
                - SSL error:17000088:CMS routines::private key does not match certificate: ../crypto/cms/cms_sd.c:313
                sign-file: CMS_add1_signer
                Cleaning build area...
                """))
        .contains("private key does not match certificate (CMS_add1_signer)");
  }

  @Test
  void names_the_file_that_is_no_certificate() {
    assertThat(
            complaint(
                """
                At main.c:215:
                - SSL error:0480006C:PEM routines::no start line: ../crypto/pem/pem_lib.c:760
                sign-file: /var/lib/dkms/mok.pub
                """))
        .contains("no start line (/var/lib/dkms/mok.pub)");
  }

  @Test
  void repeats_what_is_no_matter_of_openssl() {
    assertThat(complaint("sign-file: ixgbevf.ko: No space left on device\n"))
        .contains("ixgbevf.ko: No space left on device");
  }

  @Test
  void says_nothing_where_nothing_failed() {
    assertThat(complaint("Signing module ixgbevf.ko\n")).isEmpty();
    assertThat(complaint("  SIGN    sign-file: x\n")).isEmpty();
  }
}
