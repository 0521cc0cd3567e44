package org.kmodkeeper.signing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.compress.Decompressor;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.LruCache;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts.SignatureRule;

/**
 * Whether a kernel requires signed modules, and whose signatures it accepts.
 *
 * <p>A kernel that does not run cannot be asked for its keyring. Known to be accepted are the
 * certificates that it has built in, the machine owner's that are enrolled, and those that the
 * operator names.
 */
public final class SignaturePolicy {
  /** The byte of the EFI variable that tells; four bytes of attributes come before it. */
  private static final int SECURE_BOOT_BYTE = 4;

  /** A flag of the kernel's, set in one of the ways that kstrtobool of lib/kstrtox.c knows. */
  private static final Pattern ENFORCED =
      Pattern.compile("(?<!\\S)module\\.sig_enforce(=([1yYtT]|[oO][nN]))?(?!\\S)");

  private final HostPaths paths;
  private final KernelImage image;
  private final LruCache<FileStamp, Boolean> forced = new LruCache<>(1024);

  public SignaturePolicy(HostPaths paths) {
    this.paths = paths;
    this.image = new KernelImage(paths);
  }

  /** Why the kernel requires signatures; empty if it does not. */
  public Optional<String> enforcedBy(Kernel kernel) throws IOException {
    Optional<String> own = enforcedByItself(kernel);
    return own.isPresent() ? own : enforcedBy();
  }

  /** Why every kernel requires signatures on this host; empty if they do not. */
  public Optional<String> enforcedBy() throws IOException {
    Path secureBoot = paths.secureBoot();
    if (Files.isReadable(secureBoot)) {
      byte[] variable = Files.readAllBytes(secureBoot);
      if (variable.length > SECURE_BOOT_BYTE
          && variable[SECURE_BOOT_BYTE] == 1
          && !isValidationOff()) {
        return Optional.of("Secure Boot");
      }
    }
    if (Files.isReadable(paths.lockdown())
        && !Files.readString(paths.lockdown()).contains("[none]")) {
      return Optional.of("lockdown");
    }
    boolean enforced =
        Files.isReadable(paths.kernelCommandLine())
            && ENFORCED.matcher(Files.readString(paths.kernelCommandLine(), ISO_8859_1)).find();
    return enforced ? Optional.of("module.sig_enforce") : Optional.empty();
  }

  /**
   * Whether the owner has told shim to validate nothing: then the kernel takes Secure Boot for
   * switched off, whatever the firmware says: efi_get_secureboot of
   * drivers/firmware/efi/libstub/secureboot.c. Like there, a variable that outlives a reboot does
   * not count: it is not shim's.
   */
  private boolean isValidationOff() throws IOException {
    for (Path file : paths.shimValidation()) {
      if (Files.isReadable(file)) {
        byte[] variable = Files.readAllBytes(file);
        int length = variable.length;
        boolean isShims = length == 1 || (length == SECURE_BOOT_BYTE + 1 && (variable[0] & 1) == 0);
        return isShims && variable[length - 1] == 1;
      }
    }
    return false;
  }

  /** Why this kernel requires signatures wherever it runs; empty if it does not. */
  public Optional<String> enforcedByItself(Kernel kernel) throws IOException {
    Optional<Path> config =
        Stream.of(
                paths.tree(kernel).resolve("config"),
                paths.boot().resolve("config-" + kernel.release()),
                paths.tree(kernel).resolve("build/.config"))
            .filter(Files::exists)
            .findFirst();
    return config.isPresent() && isForced(config.get())
        ? Optional.of("CONFIG_MODULE_SIG_FORCE")
        : Optional.empty();
  }

  /** To read the whole file for each kernel would be a third of a look with all unchanged. */
  private boolean isForced(Path config) throws IOException {
    Optional<FileStamp> identity = FileStamp.of(config);
    Optional<Boolean> known = identity.flatMap(forced::find);
    if (known.isPresent()) {
      return known.get();
    }
    boolean found = isSet(config, "CONFIG_MODULE_SIG_FORCE=y");
    identity.ifPresent(file -> forced.put(file, found));
    return found;
  }

  private static boolean isSet(Path config, String line) throws IOException {
    try {
      String text = Files.readString(config, ISO_8859_1);
      // Most have none, and a look for the text alone is quick.
      return text.contains(line) && text.lines().anyMatch(line::equals);
    } catch (IOException unreadable) {
      throw IoErrors.at(config, unreadable);
    }
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
          : check(module, signature.get(), trusted(signature.get(), kernel, certificates));
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
    return Stream.of(certificates, paths.enrolledKeys(), image.places(kernel))
        .flatMap(List::stream)
        .toList();
  }

  /**
   * Whether the machine owner has enrolled a certificate; empty if this user may not know.
   *
   * @param certificate a file in DER or PEM form
   */
  public Optional<Boolean> isEnrolled(Path certificate) throws IOException {
    Optional<Path> list = enrolledKeys();
    if (list.isEmpty()) {
      return Optional.of(false);
    }
    if (!Files.isReadable(list.get()) || !Files.isReadable(certificate)) {
      return Optional.empty();
    }
    List<X509Certificate> enrolled = enrolled();
    return Optional.of(Certificates.in(certificate).filter(enrolled::contains).isPresent());
  }

  private Optional<Path> enrolledKeys() {
    return paths.enrolledKeys().stream().filter(Files::exists).findFirst();
  }

  private List<X509Certificate> enrolled() throws IOException {
    List<X509Certificate> enrolled = new ArrayList<>();
    Optional<Path> list = enrolledKeys().filter(Files::isReadable);
    if (list.isPresent()) {
      try (InputStream bytes = Files.newInputStream(list.get())) {
        Certificates.addFrom(bytes, enrolled);
      }
    }
    return enrolled;
  }

  private static Check check(Path module, ModuleSignature signature, List<X509Certificate> trusted)
      throws IOException, DamagedModuleException {
    if (trusted.isEmpty()) {
      String detail =
          "signed by " + signature.signer() + ", which this kernel is not known to accept";
      return new Check(Fit.Signature.UNKNOWN_KEY, detail);
    }
    for (X509Certificate one : trusted) {
      if (Decompressor.seek(module, plain -> signature.isBy(one.getPublicKey(), plain))) {
        return new Check(Fit.Signature.ACCEPTED, "signed by " + signature.signer());
      }
    }
    return new Check(
        Fit.Signature.BROKEN, "it was changed after " + signature.signer() + " signed it");
  }

  /**
   * The certificates by that signer; the kernel's image is large, so it is the last to be asked.
   */
  private List<X509Certificate> trusted(
      ModuleSignature signature, Kernel kernel, List<Path> certificates)
      throws IOException, InterruptedException {
    List<X509Certificate> known = new ArrayList<>();
    for (Path file : certificates) {
      Certificates.in(file).ifPresent(known::add);
    }
    known.addAll(enrolled());
    known.removeIf(one -> !signature.signer().is(one));
    return known.isEmpty()
        ? image.certificates(kernel).stream().filter(signature.signer()::is).toList()
        : known;
  }
}
