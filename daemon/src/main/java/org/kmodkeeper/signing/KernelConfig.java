package org.kmodkeeper.signing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.LruCache;
import org.kmodkeeper.model.Kernel;

/** What kernels were configured to require of signatures, and whose they accept. */
final class KernelConfig {
  static final String FORCED = "CONFIG_MODULE_SIG_FORCE";
  static final String LOCKED_DOWN = "CONFIG_LOCK_DOWN_KERNEL_FORCE_";

  /** Firmware's and the owner's keys are for modules: before Linux 4.20, by patch. */
  static final String FIRMWARE_KEYS = "CONFIG_MODULE_SIG_UEFI";

  /** The same for the platform keyring: proposed for Linux in 2025. */
  static final String PLATFORM_KEYS = "CONFIG_MODULE_SIG_PLATFORM";

  static final String PLATFORM = "CONFIG_INTEGRITY_PLATFORM_KEYRING";
  static final String MACHINE = "CONFIG_INTEGRITY_MACHINE_KEYRING";
  static final String ONLY_CA = "CONFIG_INTEGRITY_CA_MACHINE_KEYRING";
  static final String ONLY_PURE_CA = "CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX";

  /** Certificates of dbx and MokListXRT are revoked: certs/blacklist.c. */
  static final String REVOCATION_LIST = "CONFIG_SYSTEM_REVOCATION_LIST";

  /** And so are those whose digest is there. */
  static final String BLACKLIST = "CONFIG_SYSTEM_BLACKLIST_KEYRING";

  private static final List<String> STARTS =
      List.of(
          FORCED,
          LOCKED_DOWN,
          FIRMWARE_KEYS,
          PLATFORM_KEYS,
          PLATFORM,
          MACHINE,
          ONLY_CA,
          REVOCATION_LIST,
          BLACKLIST);

  /**
   * Releases of the kernels that take the platform keyring's keys for modules, by a patch that
   * Linux itself has not: "KEYS: Make use of platform keyring for module signature verify". Those
   * of EL, but not ELRepo's and Oracle's own; of Fedora, Amazon Linux 2023 with Linux 6.12, SUSE,
   * Debian and Ubuntu.
   */
  private static final Pattern PATCHED =
      Pattern.compile(
          ".*\\.(el|fc)\\d+(_\\d+)?(\\.(?!elrepo).*)?|6\\.1[2-9]\\..*\\.amzn2023\\..*"
              + "|.*-(default|generic|(cloud-)?(amd64|arm64))");

  private final HostPaths paths;
  private final LruCache<FileStamp, Set<String>> known = new LruCache<>(1024);

  KernelConfig(HostPaths paths) {
    this.paths = paths;
  }

  /** Where a kernel's configuration may be, the kernel's own first. */
  List<Path> places(Kernel kernel) {
    return List.of(
        paths.tree(kernel).resolve("config"),
        paths.boot().resolve("config-" + kernel.release()),
        paths.tree(kernel).resolve("build/.config"));
  }

  /** Those of the options that are set; empty if the kernel has no configuration here. */
  Optional<Set<String>> of(Kernel kernel) throws IOException {
    Optional<Path> file = places(kernel).stream().filter(Files::exists).findFirst();
    if (file.isEmpty()) {
      return Optional.empty();
    }
    // To read the whole file for each kernel would be a third of a look with all unchanged.
    Optional<FileStamp> identity = FileStamp.of(file.get());
    Optional<Set<String>> read = identity.flatMap(known::find);
    if (read.isEmpty()) {
      read = Optional.of(read(file.get()));
      Set<String> found = read.get();
      identity.ifPresent(stamp -> known.put(stamp, found));
    }
    return read;
  }

  private static Set<String> read(Path config) throws IOException {
    try (Stream<String> lines = Files.readString(config, ISO_8859_1).lines()) {
      return lines
          .filter(line -> line.endsWith("=y") && STARTS.stream().anyMatch(line::startsWith))
          .map(line -> line.substring(0, line.length() - 2))
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException unreadable) {
      throw IoErrors.at(config, unreadable);
    }
  }

  /** Whether a kernel takes the platform keyring's keys for modules, as far as that is known. */
  static boolean trustsPlatform(Kernel kernel, Set<String> options) {
    return options.contains(PLATFORM_KEYS) || PATCHED.matcher(kernel.release()).matches();
  }
}
