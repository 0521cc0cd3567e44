package org.kmodkeeper.signing;

import java.io.IOException;
import java.nio.file.Files;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.model.Kernel;

/**
 * Whether a kernel accepts modules that a certificate's key has signed: mod_verify_sig of
 * kernel/module/signing.c asks the secondary trusted keyring, which leads to those that are built
 * in and to the machine keyring, and by a patch that most distributions have, the platform keyring.
 */
final class KernelTrust {
  private static final String MACHINE_KEYRING = ".machine";

  /** KeyUsage of RFC 5280, 4.2.1.3. */
  private static final int DIGITAL_SIGNATURE = 0;

  private static final int KEY_CERT_SIGN = 5;

  private final HostPaths paths;
  private final FirmwareKeys firmware;
  private final KernelConfig config;

  KernelTrust(HostPaths paths, FirmwareKeys firmware, KernelConfig config) {
    this.paths = paths;
    this.firmware = firmware;
    this.config = config;
  }

  /**
   * The answer.
   *
   * @param why the reason for a refusal, what is to be said of the key; for people
   */
  record Answer(Signature result, String why) {
    static final Answer ACCEPTED = new Answer(Signature.ACCEPTED, "");
    static final Answer REVOKED = new Answer(Signature.REVOKED, "is revoked, by dbx or MokListXRT");

    /** The kernel that runs has it until the next boot; what boots next may not. */
    static final Answer LEAVING =
        new Answer(Signature.REVOKED, "waits to be deleted: the next boot asks for that");

    boolean isAccepted() {
      return result == Signature.ACCEPTED;
    }
  }

  /**
   * What a kernel makes of a key.
   *
   * @param own the certificates that it has built in, or that the operator says it accepts
   */
  Answer of(X509Certificate certificate, Kernel kernel, List<X509Certificate> own)
      throws IOException {
    if (isRevoked(certificate, kernel)) {
      return Answer.REVOKED;
    }
    if (firmware.leaving().contains(certificate) && !own.contains(certificate)) {
      return Answer.LEAVING;
    }
    boolean runs = runs(kernel);
    Optional<RunningKeys> running = runs ? RunningKeys.of(paths) : Optional.empty();
    Answer told = told(certificate, kernel, own, running);
    return told.isAccepted() && running.isPresent() && !running.get().has(certificate)
        ? new Answer(Signature.UNKNOWN_KEY, "is not in the running kernel's " + paths.keys())
        : told;
  }

  /** Whether it is in a list of the firmware's or shim's that the kernel minds. */
  boolean isRevoked(X509Certificate certificate, Kernel kernel) throws IOException {
    return firmware.isRevoked(certificate, config.of(kernel));
  }

  private boolean runs(Kernel kernel) throws IOException {
    return Files.isReadable(paths.runningRelease())
        && Files.readString(paths.runningRelease()).strip().equals(kernel.release());
  }

  private Answer told(
      X509Certificate certificate,
      Kernel kernel,
      List<X509Certificate> own,
      Optional<RunningKeys> running)
      throws IOException {
    if (own.contains(certificate)) {
      return Answer.ACCEPTED;
    }
    Optional<Set<String>> options = config.of(kernel);
    boolean all = takesPlatform(kernel, options);
    if (firmware.enrolled().contains(certificate)) {
      return all ? Answer.ACCEPTED : byMachineKeyring(certificate, options, running);
    }
    if (firmware.ofFirmware().contains(certificate)) {
      return all
          ? Answer.ACCEPTED
          : new Answer(
              Signature.UNKNOWN_KEY,
              "is in the firmware's db, which this kernel is not known to accept for modules");
    }
    return firmware.pending().contains(certificate)
        ? new Answer(
            Signature.NOT_YET_ENROLLED,
            "waits to be enrolled: the next boot asks for that on the console, and goes"
                + " on without it if nobody answers")
        : new Answer(Signature.UNKNOWN_KEY, "is neither enrolled nor built into this kernel");
  }

  /** What a kernel that does not run makes of a key once it is enrolled. */
  Answer ifEnrolled(X509Certificate certificate, Kernel kernel) throws IOException {
    Optional<Set<String>> options = config.of(kernel);
    return takesPlatform(kernel, options)
        ? Answer.ACCEPTED
        : byMachineKeyring(certificate, options, Optional.empty());
  }

  private static boolean takesPlatform(Kernel kernel, Optional<Set<String>> options) {
    return options.orElse(Set.of()).contains(KernelConfig.FIRMWARE_KEYS)
        || (KernelConfig.trustsPlatform(kernel, options.orElse(Set.of()))
            && (options.isEmpty() || options.get().contains(KernelConfig.PLATFORM)));
  }

  /**
   * restrict_link_by_ca of crypto/asymmetric_keys/restrict.c; what it refuses goes to the platform
   * keyring: add_to_machine_keyring of security/integrity/platform_certs/machine_keyring.c.
   */
  private Answer byMachineKeyring(
      X509Certificate certificate,
      Optional<Set<String>> configured,
      Optional<RunningKeys> running) {
    Set<String> options = configured.orElse(Set.of());
    if (!options.contains(KernelConfig.MACHINE)) {
      return new Answer(
          Signature.UNKNOWN_KEY,
          "is enrolled, and this kernel is not known to accept the machine owner's keys"
              + " for modules");
    }
    if (!firmware.isListTrusted()) {
      return new Answer(
          Signature.LIST_NOT_TRUSTED,
          "is enrolled, but shim does not say to trust such keys for modules"
              + " (MokListTrustedRT is missing)");
    }
    if (!isAdmitted(certificate, options)) {
      String usage = options.contains(KernelConfig.ONLY_PURE_CA) ? ", not digitalSignature" : "";
      return new Answer(
          Signature.NOT_A_CA,
          "is enrolled, but this kernel takes only a CA for modules (keyCertSign" + usage + ")");
    }
    return running.isPresent() && !running.get().fills(MACHINE_KEYRING)
        ? new Answer(
            Signature.UNKNOWN_KEY,
            "is enrolled, but the running kernel's .machine keyring is empty")
        : Answer.ACCEPTED;
  }

  private static boolean isAdmitted(X509Certificate certificate, Set<String> options) {
    if (!options.contains(KernelConfig.ONLY_CA)) {
      return true;
    }
    boolean[] usage = certificate.getKeyUsage();
    return certificate.getBasicConstraints() >= 0
        && usage != null
        && usage[KEY_CERT_SIGN]
        && !(options.contains(KernelConfig.ONLY_PURE_CA) && usage[DIGITAL_SIGNATURE]);
  }
}
