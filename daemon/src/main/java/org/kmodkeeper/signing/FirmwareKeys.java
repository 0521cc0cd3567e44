package org.kmodkeeper.signing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;

/**
 * What the firmware and shim tell kernels of keys, as they told the one that runs; what this user
 * may not read is taken for empty.
 */
final class FirmwareKeys {
  /** Four bytes of attributes come before the value of a variable in efivars. */
  private static final int ATTRIBUTES = 4;

  private final HostPaths paths;

  FirmwareKeys(HostPaths paths) {
    this.paths = paths;
  }

  /**
   * Where the machine owner's keys that are enrolled may be, as shim hands them to the kernel: in a
   * directory of their own since Linux 5.10, among the firmware's variables before.
   */
  static List<Path> enrolled(HostPaths paths) {
    return List.of(paths.mokVariable("MokListRT"), paths.shimVariable("MokListRT"));
  }

  /** All files that are read. */
  List<Path> reads() {
    List<Path> files = new ArrayList<>(enrolled(paths));
    files.addAll(revocations());
    files.addAll(List.of(paths.signatureDatabase("db"), paths.shimVariable("MokIgnoreDB")));
    files.addAll(List.of(paths.shimVariable("MokNew"), paths.shimVariable("MokDel"), trustMark()));
    return files;
  }

  /** Where the machine owner's keys are; empty if there are none. */
  Optional<Path> mokList() {
    return enrolled(paths).stream().filter(Files::exists).findFirst();
  }

  /** The machine owner's keys that are enrolled. */
  List<X509Certificate> enrolled() throws IOException {
    Optional<Path> list = mokList();
    return list.isPresent() ? certificates(list.get()) : List.of();
  }

  /** The keys that somebody has asked to enroll, and that the next boot asks about. */
  List<X509Certificate> pending() throws IOException {
    return certificates(paths.shimVariable("MokNew"));
  }

  /** The keys that somebody has asked to delete, and that the next boot asks about. */
  List<X509Certificate> leaving() throws IOException {
    return certificates(paths.shimVariable("MokDel"));
  }

  /**
   * The firmware's own keys, unless shim was told to ignore them: load_uefi_certs of
   * security/integrity/platform_certs/load_uefi.c.
   */
  List<X509Certificate> ofFirmware() throws IOException {
    return Files.exists(paths.shimVariable("MokIgnoreDB"))
        ? List.of()
        : certificates(paths.signatureDatabase("db"));
  }

  /**
   * Whether shim says to trust the machine owner's keys as the kernel's own: it is there or not,
   * and only the table counts: uefi_check_trust_mok_keys of
   * security/integrity/platform_certs/machine_keyring.c.
   */
  boolean isListTrusted() {
    return Files.exists(trustMark());
  }

  private Path trustMark() {
    return paths.mokVariable("MokListTrustedRT");
  }

  /**
   * Whether a certificate was revoked, and a kernel minds: the lists hold it, or the SHA-256 of
   * what its issuer signed, EFI_CERT_X509_SHA256_GUID: get_handler_for_dbx of
   * security/integrity/platform_certs/keyring_handler.c.
   *
   * @param options the kernel's; unknown ones mind
   */
  boolean isRevoked(X509Certificate certificate, Optional<Set<String>> options) throws IOException {
    try {
      List<byte[]> minded = new ArrayList<>();
      if (options.isEmpty() || options.get().contains(KernelConfig.REVOCATION_LIST)) {
        minded.add(certificate.getEncoded());
      }
      if (options.isEmpty() || options.get().contains(KernelConfig.BLACKLIST)) {
        var digest = MessageDigest.getInstance("SHA-256");
        minded.add(digest.digest(certificate.getTBSCertificate()));
      }
      for (Path file : revocations()) {
        byte[] list = Files.isReadable(file) ? Files.readAllBytes(file) : new byte[0];
        if (minded.stream().anyMatch(part -> contains(list, part))) {
          return true;
        }
      }
      return false;
    } catch (GeneralSecurityException unusable) {
      throw new IOException(unusable);
    }
  }

  private List<Path> revocations() {
    return List.of(
        paths.signatureDatabase("dbx"),
        paths.mokVariable("MokListXRT"),
        paths.shimVariable("MokListXRT"));
  }

  private static boolean contains(byte[] list, byte[] part) {
    for (int at = 0; at + part.length <= list.length; at++) {
      if (Arrays.equals(list, at, at + part.length, part, 0, part.length)) {
        return true;
      }
    }
    return false;
  }

  private static List<X509Certificate> certificates(Path list) throws IOException {
    List<X509Certificate> found = new ArrayList<>();
    if (Files.isReadable(list)) {
      Certificates.addFrom(new ByteArrayInputStream(Files.readAllBytes(list)), found);
    }
    return found;
  }

  /** Whether the firmware validates what it boots; the specification of UEFI, 32.3. */
  boolean isSecureBoot() throws IOException {
    Path file = paths.secureBoot();
    byte[] variable = Files.isReadable(file) ? Files.readAllBytes(file) : new byte[0];
    return variable.length > ATTRIBUTES && variable[ATTRIBUTES] == 1 && !isValidationOff();
  }

  /**
   * Whether the owner has told shim to validate nothing, with {@code mokutil --disable-validation}:
   * then the kernel takes Secure Boot for switched off, whatever the firmware says:
   * efi_get_secureboot of drivers/firmware/efi/libstub/secureboot.c. Like there, a variable that
   * outlives a reboot does not count: it is not shim's.
   */
  private boolean isValidationOff() throws IOException {
    Optional<Path> file =
        Stream.of(paths.shimVariable("MokSBStateRT"), paths.mokVariable("MokSBStateRT"))
            .filter(Files::isReadable)
            .findFirst();
    byte[] variable = file.isPresent() ? Files.readAllBytes(file.get()) : new byte[0];
    int length = variable.length;
    boolean isShims = length == 1 || (length == ATTRIBUTES + 1 && (variable[0] & 1) == 0);
    return isShims && variable[length - 1] == 1;
  }
}
