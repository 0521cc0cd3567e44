package org.kmodkeeper.keys;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.SigningKeys;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.model.KebabCase;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.signing.Certificates;
import org.kmodkeeper.signing.SignaturePolicy;

/**
 * The keys of a host, and what its kernels make of them.
 *
 * @param secureBoot whether the firmware and shim validate what they boot
 * @param keys those that are there; the first one signs
 * @param kernels those that are installed
 */
public record KeysReport(boolean secureBoot, List<Key> keys, List<Answer> kernels) {
  public KeysReport {
    keys = List.copyOf(keys);
    kernels = List.copyOf(kernels);
  }

  /**
   * A key.
   *
   * @param owner kmodkeeper or dkms
   * @param key its file, or a {@code pkcs11:} address
   * @param signs the certificate that verifies what it signs
   * @param enrolled the certificate that is to be enrolled: the same, or its issuer's
   */
  public record Key(String owner, String key, Certificate signs, Certificate enrolled) {}

  /**
   * A certificate.
   *
   * @param ends when, in UTC; kernels do not look at it
   */
  public record Certificate(String file, String subject, String ends) {
    static Certificate in(Path file) throws IOException {
      X509Certificate read = read(file);
      return new Certificate(
          file.toString(),
          read.getSubjectX500Principal().getName(),
          read.getNotAfter().toInstant().toString());
    }

    static X509Certificate read(Path file) throws IOException {
      return Certificates.in(file)
          .orElseThrow(() -> new IOException("cannot read the certificate " + file));
    }
  }

  /**
   * A kernel.
   *
   * @param enforcedBy why it requires signatures, or null if it does not
   * @param signature what it makes of the key that signs, or null if there is none
   * @param detail why it does not accept it; null if it does
   */
  public record Answer(
      String kernel,
      @Nullable String enforcedBy,
      @Nullable String signature,
      @Nullable String detail) {}

  /**
   * Reads the keys.
   *
   * @param certificates files that the operator says the kernels accept
   */
  static KeysReport read(HostPaths paths, SigningKeys all, List<Path> certificates)
      throws IOException, InterruptedException {
    var policy = new SignaturePolicy(paths);
    List<Key> keys = new ArrayList<>();
    @Nullable X509Certificate judged = null;
    for (SigningKeys.Found found : all.all()) {
      judged = judged == null ? Certificate.read(found.enrolled()) : judged;
      keys.add(
          new Key(
              KebabCase.of(found.owner()),
              found.key(),
              Certificate.in(found.certificate()),
              Certificate.in(found.enrolled())));
    }
    List<Answer> kernels = new ArrayList<>();
    for (Kernel kernel : new KernelInventory(paths).installed()) {
      @Nullable String why = policy.enforcedBy(kernel).orElse(null);
      if (judged == null) {
        kernels.add(new Answer(kernel.release(), why, null, null));
      } else {
        SignaturePolicy.Check check = policy.check(judged, kernel, certificates);
        boolean accepted = check.result() == Signature.ACCEPTED;
        kernels.add(
            new Answer(
                kernel.release(),
                why,
                KebabCase.of(check.result()),
                accepted ? null : check.detail()));
      }
    }
    return new KeysReport(policy.isSecureBoot(), keys, kernels);
  }
}
