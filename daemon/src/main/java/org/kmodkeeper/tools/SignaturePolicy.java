package org.kmodkeeper.tools;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;

/**
 * Whether a kernel insists on signed modules, and whose signatures it accepts.
 *
 * <p>A kernel that does not run cannot be asked for its keyring. Known to be accepted are the key
 * that signed the kernel's own modules, the machine owner's keys that are enrolled, and the
 * certificates that the operator names.
 */
public final class SignaturePolicy {
  /** The byte of the EFI variable that tells; four bytes of attributes come before it. */
  private static final int SECURE_BOOT_BYTE = 4;

  private final HostPaths paths;
  private final Kmod kmod;

  public SignaturePolicy(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.kmod = new Kmod(paths, runner);
  }

  /** Why the kernel insists on signatures; empty if it does not. */
  public Optional<String> demand(Kernel kernel) throws IOException {
    if (isSet(config(kernel), "CONFIG_MODULE_SIG_FORCE=y")) {
      return Optional.of("CONFIG_MODULE_SIG_FORCE");
    }
    Path secureBoot = paths.secureBoot();
    if (Files.isReadable(secureBoot)) {
      byte[] variable = Files.readAllBytes(secureBoot);
      if (variable.length > SECURE_BOOT_BYTE && variable[SECURE_BOOT_BYTE] == 1) {
        return Optional.of("Secure Boot");
      }
    }
    if (Files.isReadable(paths.lockdown())
        && !Files.readString(paths.lockdown()).contains("[none]")) {
      return Optional.of("lockdown");
    }
    boolean enforced =
        Files.isReadable(paths.kernelCommandLine())
            && List.of(Files.readString(paths.kernelCommandLine()).strip().split("\\s+", -1))
                .stream()
                .anyMatch(word -> word.matches("module\\.sig_enforce(=(1|y|Y))?"));
    return enforced ? Optional.of("module.sig_enforce") : Optional.empty();
  }

  private Optional<Path> config(Kernel kernel) {
    return List.of(
            paths.tree(kernel).resolve("config"),
            paths.boot().resolve("config-" + kernel.release()),
            paths.tree(kernel).resolve("build/.config"))
        .stream()
        .filter(Files::isReadable)
        .findFirst();
  }

  private static boolean isSet(Optional<Path> config, String line) throws IOException {
    return config.isPresent()
        && Files.readAllLines(config.get(), StandardCharsets.ISO_8859_1).contains(line);
  }

  /**
   * Whether the kernel is known to accept the signer.
   *
   * @param own one of the kernel's own modules
   * @param certificates files that the operator trusts, in DER or PEM form
   */
  public boolean accepts(Kmod.Signature signature, Optional<Path> own, List<Path> certificates)
      throws IOException, InterruptedException {
    if (signature.key().isEmpty()) {
      return false;
    }
    if (own.isPresent() && kmod.signature(own.get()).key().equals(signature.key())) {
      return true;
    }
    Set<String> serials = new HashSet<>();
    for (Path file : certificates) {
      certificate(Files.readAllBytes(file)).ifPresent(one -> serials.add(serial(one)));
    }
    for (X509Certificate enrolled : enrolledOfDkms()) {
      serials.add(serial(enrolled));
    }
    return serials.contains(plain(signature.key().toUpperCase(Locale.ROOT)));
  }

  /** dkms's certificate, if the firmware's list of machine owner's keys holds it. */
  private List<X509Certificate> enrolledOfDkms() throws IOException {
    List<X509Certificate> enrolled = new ArrayList<>();
    Path certificate = paths.dkmsTree().resolve("mok.pub");
    if (Files.isReadable(certificate) && Files.isReadable(paths.enrolledKeys())) {
      byte[] der = Files.readAllBytes(certificate);
      String list =
          new String(Files.readAllBytes(paths.enrolledKeys()), StandardCharsets.ISO_8859_1);
      // An EFI signature list holds each certificate as it is, in DER form.
      if (der.length > 0 && list.contains(new String(der, StandardCharsets.ISO_8859_1))) {
        certificate(der).ifPresent(enrolled::add);
      }
    }
    return enrolled;
  }

  private static Optional<X509Certificate> certificate(byte[] bytes) {
    try {
      return Optional.of(
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(bytes)));
    } catch (CertificateException notOne) {
      return Optional.empty();
    }
  }

  private static String serial(X509Certificate certificate) {
    return plain(
        HexFormat.ofDelimiter(":")
            .withUpperCase()
            .formatHex(certificate.getSerialNumber().toByteArray()));
  }

  /** Without the zero byte that only says that the number is not negative. */
  private static String plain(String serial) {
    return serial.startsWith("00:") ? serial.substring(3) : serial;
  }
}
