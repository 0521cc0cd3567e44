package org.kmodkeeper.signing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.compress.Decompressor;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts.SignatureRule;
import org.kmodkeeper.text.TextSanitizer;

/**
 * Whether a kernel requires signed modules, and whose signatures it accepts.
 *
 * <p>Known to be accepted are the certificates that it has built in, those of the machine owner and
 * of the firmware as far as it takes them, and those that the operator names; of a kernel that
 * runs, only what it has in its keyrings.
 */
public final class SignaturePolicy {
  /**
   * What makes a kernel refuse modules, set in one of the ways that kstrtobool of lib/kstrtox.c
   * knows, or by lockdown_param of security/lockdown/lockdown.c.
   */
  private static final Pattern ENFORCED =
      Pattern.compile(
          "(?<!\\S)(?:(module\\.sig_enforce)(?:=(?:[1yYtT]|[oO][nN]))?"
              + "|(lockdown)=(?:integrity|confidentiality))(?!\\S)");

  private final HostPaths paths;
  private final KernelImage image;
  private final FirmwareKeys firmware;
  private final KernelConfig config;
  private final KernelTrust trust;

  public SignaturePolicy(HostPaths paths) {
    this.paths = paths;
    this.image = new KernelImage(paths);
    this.firmware = new FirmwareKeys(paths);
    this.config = new KernelConfig(paths);
    this.trust = new KernelTrust(paths, firmware, config);
  }

  /** Why the kernel requires signatures; empty if it does not. */
  public Optional<String> enforcedBy(Kernel kernel) throws IOException {
    Optional<String> own = enforcedByItself(kernel);
    return own.isPresent() ? own : enforcedBy();
  }

  /** Why every kernel requires signatures on this host; empty if they do not. */
  public Optional<String> enforcedBy() throws IOException {
    if (firmware.isSecureBoot()) {
      return Optional.of("Secure Boot");
    }
    if (Files.isReadable(paths.lockdown())
        && !Files.readString(paths.lockdown()).contains("[none]")) {
      return Optional.of("lockdown");
    }
    return Files.isReadable(paths.kernelCommandLine())
        ? enforcedBy(Files.readString(paths.kernelCommandLine(), ISO_8859_1))
        : Optional.empty();
  }

  /** The word of a command line by which a kernel requires signatures; empty if there is none. */
  public static Optional<String> enforcedBy(String commandLine) {
    Matcher word = ENFORCED.matcher(commandLine);
    return word.find()
        ? Optional.of(word.group(1) == null ? word.group(2) : word.group(1))
        : Optional.empty();
  }

  /** Why this kernel requires signatures wherever it runs; empty if it does not. */
  public Optional<String> enforcedByItself(Kernel kernel) throws IOException {
    return config.of(kernel).orElse(Set.of()).stream()
        .filter(
            option ->
                option.equals(KernelConfig.FORCED)
                    || (option.startsWith(KernelConfig.LOCKED_DOWN) && !option.endsWith("_NONE")))
        .findFirst();
  }

  /**
   * What the kernel makes of a module's signature.
   *
   * @param detail who signed it, or what is wrong with it; for people
   */
  public record Check(Fit.Signature result, String detail) {}

  /**
   * Verifies a module's signature as the kernel would, was it asked to.
   *
   * @param certificates files that the operator trusts, in DER or PEM form; one that cannot be read
   *     is worth nothing
   */
  public Check check(Path module, Kernel kernel, List<Path> certificates)
      throws IOException, InterruptedException {
    try {
      Optional<ModuleSignature> signature = Decompressor.seek(module, ModuleSignature::of);
      return signature.isEmpty()
          ? new Check(Fit.Signature.ABSENT, "it is not signed")
          : check(module, kernel, signature.get(), certificates);
    } catch (DamagedModuleException garbled) {
      return new Check(Fit.Signature.BROKEN, "it " + garbled.getMessage());
    }
  }

  /** The same for a kernel that requires signatures; what refuses a module says why it does. */
  public Check check(Path module, Kernel kernel, SignatureRule rule)
      throws IOException, InterruptedException {
    Check check = check(module, kernel, rule.certificates());
    return check.result() == Fit.Signature.ACCEPTED
        ? check
        : new Check(
            check.result(),
            check.detail() + ", and " + rule.enforcedBy() + " requires a signature");
  }

  /** What {@link #check} reads beside the module, or would read if it were there. */
  public List<Path> reads(Kernel kernel, List<Path> certificates) {
    return Stream.of(
            certificates,
            firmware.reads(),
            config.places(kernel),
            List.of(paths.keys(), paths.runningRelease()),
            image.places(kernel))
        .flatMap(List::stream)
        .toList();
  }

  /**
   * Whether the machine owner has enrolled a certificate; empty if this user may not know.
   *
   * @param certificate a file in DER or PEM form
   */
  public Optional<Boolean> isEnrolled(Path certificate) throws IOException {
    Optional<Path> list = firmware.mokList();
    if (list.isEmpty()) {
      return Optional.of(false);
    }
    if (!Files.isReadable(list.get()) || !Files.isReadable(certificate)) {
      return Optional.empty();
    }
    List<X509Certificate> enrolled = firmware.enrolled();
    return Optional.of(Certificates.in(certificate).filter(enrolled::contains).isPresent());
  }

  private Check check(
      Path module, Kernel kernel, ModuleSignature signature, List<Path> certificates)
      throws IOException, DamagedModuleException, InterruptedException {
    List<X509Certificate> own = new ArrayList<>();
    for (Path file : certificates) {
      Certificates.in(file).ifPresent(own::add);
    }
    List<X509Certificate> known = new ArrayList<>(own);
    known.addAll(firmware.enrolled());
    known.addAll(firmware.ofFirmware());
    known.addAll(firmware.pending());
    Check found = check(module, kernel, signature, known, own);
    if (found.result() == Fit.Signature.UNKNOWN_KEY) {
      // The kernel's image is large, so it is the last to be asked.
      List<X509Certificate> builtIn = image.certificates(kernel);
      Check other = check(module, kernel, signature, builtIn, builtIn);
      return other.result() == Fit.Signature.UNKNOWN_KEY ? found : other;
    }
    return found;
  }

  /**
   * The best that is to be said of the certificates that the signature may be by.
   *
   * @param own those that the kernel has built in, or that the operator says it accepts
   */
  private Check check(
      Path module,
      Kernel kernel,
      ModuleSignature signature,
      List<X509Certificate> known,
      List<X509Certificate> own)
      throws IOException, DamagedModuleException {
    String signer = signature.signer().toString();
    Check best =
        new Check(
            Fit.Signature.UNKNOWN_KEY,
            "signed by " + signer + ", which this kernel is not known to accept");
    for (X509Certificate one : known) {
      Optional<X509Certificate> leaf =
          signature.certificate().filter(brought -> isIssuedBy(brought, one));
      if (leaf.isEmpty() && !signature.signer().is(one)) {
        continue;
      }
      X509Certificate by = leaf.orElse(one);
      KernelTrust.Answer answer = trust.of(one, kernel, own);
      if (answer.isAccepted() && trust.isRevoked(by, kernel)) {
        answer = KernelTrust.Answer.REVOKED;
      }
      if (Decompressor.seek(module, plain -> signature.isBy(by.getPublicKey(), plain))) {
        String issuer = leaf.isEmpty() ? "" : ", by authority of " + name(one);
        best = new Check(answer.result(), "signed by " + signer + issuer + reason(by, answer));
        if (answer.isAccepted()) {
          break;
        }
      } else if (answer.isAccepted()) {
        best = new Check(Fit.Signature.BROKEN, "it was changed after " + signer + " signed it");
      }
    }
    return best;
  }

  /**
   * Whether the kernel finds the issuer of a certificate that a signature brings: by its
   * identifier, as pkcs7_validate_trust_one of crypto/asymmetric_keys/pkcs7_trust.c looks for it.
   */
  private static boolean isIssuedBy(X509Certificate leaf, X509Certificate issuer) {
    byte @Nullable [] authority = leaf.getExtensionValue("2.5.29.35");
    Optional<String> identifier = Signer.KeyIdentifier.of(issuer);
    if (authority == null
        || identifier.isEmpty()
        || !HexFormat.of().formatHex(authority).contains(identifier.get())
        || !leaf.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
      return false;
    }
    try {
      leaf.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException other) {
      return false;
    }
  }

  private static String name(X509Certificate certificate) {
    return TextSanitizer.line(certificate.getSubjectX500Principal().getName(), 120);
  }

  /**
   * What a kernel makes of modules that a certificate's key signs.
   *
   * @param certificates files that the operator trusts
   */
  public Check check(X509Certificate certificate, Kernel kernel, List<Path> certificates)
      throws IOException, InterruptedException {
    List<X509Certificate> own = new ArrayList<>(image.certificates(kernel));
    for (Path file : certificates) {
      Certificates.in(file).ifPresent(own::add);
    }
    KernelTrust.Answer answer = trust.of(certificate, kernel, own);
    return new Check(answer.result(), answer.why());
  }

  /** The same once the certificate is enrolled. */
  public Check checkEnrolled(X509Certificate certificate, Kernel kernel) throws IOException {
    KernelTrust.Answer answer = trust.ifEnrolled(certificate, kernel);
    return new Check(answer.result(), answer.why());
  }

  /** Whether a kernel takes only a CA into its machine keyring. */
  public boolean takesOnlyCa(Kernel kernel) throws IOException {
    return config.of(kernel).orElse(Set.of()).contains(KernelConfig.ONLY_CA);
  }

  /** Whether the firmware and shim validate what they boot. */
  public boolean isSecureBoot() throws IOException {
    return firmware.isSecureBoot();
  }

  /** Whether the next boot asks whether to enroll a certificate. */
  public boolean isPending(X509Certificate certificate) throws IOException {
    return firmware.pending().contains(certificate);
  }

  /** Kernels print the end of a certificate for debugging, and do not compare it with the time. */
  private static String reason(X509Certificate certificate, KernelTrust.Answer answer) {
    if (!answer.isAccepted()) {
      return ", whose key " + answer.why();
    }
    try {
      certificate.checkValidity();
      return "";
    } catch (CertificateException over) {
      return ", whose certificate is out of date, which kernels do not check";
    }
  }
}
