package org.kmodkeeper.signing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kmodkeeper.host.HostPaths;

/**
 * The keys that the running kernel has: {@code /proc/keys} of proc(5).
 *
 * <p>A line tells of a key by its certificate's SubjectKeyIdentifier or, without one, by its serial
 * number: x509_key_preparse of crypto/asymmetric_keys/x509_public_key.c. It does not tell which
 * keyring the key is in; a keyring's line tells only how many it has: keyring_describe of
 * security/keys/keyring.c. So a key that is missing is surely not accepted, and one that is there
 * may be in a keyring that is not for modules.
 *
 * @param keys the identifiers, in hexadecimal digits
 * @param keyrings those that hold any key
 */
record RunningKeys(Set<String> keys, Set<String> keyrings) {
  /**
   * Identifier, flags (it is there, and neither revoked, dead nor invalidated), use, timeout,
   * permissions, owner, group, the type's first nine characters, description: proc_keys_show of
   * security/keys/proc.c.
   */
  private static final Pattern LINE =
      Pattern.compile(
          "\\p{XDigit}+ I--...- +\\d+ +\\S+ +\\p{XDigit}+ +\\S+ +\\S+ (asymmetri|keyring  ) (.*)");

  private static final String ASYMMETRIC = "asymmetri";
  private static final Pattern KEY = Pattern.compile("(?:.*: )?(\\p{XDigit}+): X509\\..*");
  private static final Pattern KEYRING = Pattern.compile("(.*): (\\d+.*|empty)");

  /** The keys that kernels have built in, by either of its names; who may view it may view all. */
  private static final Set<String> BUILT_IN = Set.of(".builtin_trusted_keys", ".system_keyring");

  RunningKeys {
    keys = Set.copyOf(keys);
    keyrings = Set.copyOf(keyrings);
  }

  /** Those of the kernel that runs; empty if this user may not view them. */
  static Optional<RunningKeys> of(HostPaths paths) throws IOException {
    Path file = paths.keys();
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    Set<String> keys = new HashSet<>();
    Set<String> keyrings = new HashSet<>();
    boolean all = false;
    for (String line : Files.readAllLines(file, ISO_8859_1)) {
      Matcher entry = LINE.matcher(line);
      if (!entry.matches()) {
        continue;
      }
      Matcher key = KEY.matcher(entry.group(2));
      Matcher keyring = KEYRING.matcher(entry.group(2));
      if (entry.group(1).equals(ASYMMETRIC)) {
        if (key.matches()) {
          keys.add(key.group(1));
        }
      } else if (keyring.matches()) {
        all |= BUILT_IN.contains(keyring.group(1));
        if (!keyring.group(2).equals("empty")) {
          keyrings.add(keyring.group(1));
        }
      }
    }
    return all ? Optional.of(new RunningKeys(keys, keyrings)) : Optional.empty();
  }

  /** Whether the kernel has a certificate's key, in whichever keyring. */
  boolean has(X509Certificate certificate) {
    return keys.contains(
        Signer.KeyIdentifier.of(certificate)
            .orElseGet(
                () -> {
                  BigInteger serial = certificate.getSerialNumber();
                  return HexFormat.of().formatHex(serial.toByteArray());
                }));
  }

  /** Whether a keyring is there and holds any key. */
  boolean fills(String keyring) {
    return keyrings.contains(keyring);
  }
}
