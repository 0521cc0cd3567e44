package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;

/**
 * The machine owner's key that dkms signs modules with.
 *
 * @param program the kernel's {@code sign-file}
 * @param hash the kernel's CONFIG_MODULE_SIG_HASH
 * @param key a file, or a {@code pkcs11:} address that sign-file understands
 */
public record SigningKey(Path program, String hash, String key, Path certificate) {
  private static final Pattern HASH = Pattern.compile("CONFIG_MODULE_SIG_HASH=\"([a-z0-9-]+)\"");

  /** The key, if there is one and the kernel can check signatures; dkms's own rules. */
  public static Optional<SigningKey> find(
      HostPaths paths, BuildSpace space, DkmsConf.Signing signing) throws IOException {
    String key = or(signing.key(), paths.dkmsTree().resolve("mok.key"));
    Path certificate = Path.of(or(signing.certificate(), paths.dkmsTree().resolve("mok.pub")));
    Path program = Path.of(or(signing.signFile(), space.headers().resolve("scripts/sign-file")));
    Optional<String> hash = hash(space.headers().resolve(".config"));
    boolean usable =
        Files.isExecutable(program)
            && Files.isReadable(certificate)
            && (key.startsWith("pkcs11:") || Files.isReadable(Path.of(key)));
    return usable
        ? hash.map(name -> new SigningKey(program, name, key, certificate))
        : Optional.empty();
  }

  private static String or(String configured, Path usual) {
    return configured.isEmpty() ? usual.toString() : configured;
  }

  private static Optional<String> hash(Path config) throws IOException {
    if (!Files.isReadable(config)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(config)) {
      return lines
          .map(HASH::matcher)
          .filter(matcher -> matcher.matches())
          .map(matcher -> matcher.group(1))
          .findFirst();
    }
  }
}
