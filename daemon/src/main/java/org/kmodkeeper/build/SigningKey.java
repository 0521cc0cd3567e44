package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.signing.OwnKey;

/**
 * The key that modules are signed with after they were built: this host's own, or else that of
 * dkms.
 *
 * @param program {@code sign-file} of a kernel that is installed; null for the host's own key,
 *     whose certificate goes with the signature, which that program does not do
 * @param hash the kernel's CONFIG_MODULE_SIG_HASH
 * @param key a file, or a {@code pkcs11:} address that sign-file understands
 */
public record SigningKey(@Nullable Path program, String hash, String key, Path certificate) {
  private static final String SIGN_FILE = "scripts/sign-file";
  private static final Pattern HASH = Pattern.compile("CONFIG_MODULE_SIG_HASH=\"?([a-z0-9-]+)\"?");

  /** The key, if there is one and the kernel can check signatures; of dkms's, by its rules. */
  public static Optional<SigningKey> find(
      HostPaths paths, BuildSpace space, DkmsConf.Signing signing) throws IOException {
    Optional<SigningKey> own = own(paths, places(space.headers()));
    if (own.isPresent()) {
      return own;
    }
    String key = or(signing.key(), paths.dkmsTree().resolve("mok.key"));
    Path certificate = Path.of(or(signing.certificate(), paths.dkmsTree().resolve("mok.pub")));
    Optional<Path> program = program(paths, space, signing.signFile());
    Optional<String> hash = hash(places(space.headers()));
    boolean usable =
        program.filter(Files::isExecutable).isPresent()
            && Files.isReadable(certificate)
            && (key.startsWith("pkcs11:") || Files.isReadable(Path.of(key)));
    return usable
        ? hash.map(name -> new SigningKey(program.get(), name, key, certificate))
        : Optional.empty();
  }

  /** This host's own, for a kernel that may have no headers. */
  public static Optional<SigningKey> own(HostPaths paths, Kernel kernel) throws IOException {
    List<Path> places =
        new ArrayList<>(
            List.of(
                paths.tree(kernel).resolve("config"),
                paths.boot().resolve("config-" + kernel.release())));
    places.addAll(places(paths.tree(kernel).resolve("build")));
    return own(paths, places);
  }

  private static Optional<SigningKey> own(HostPaths paths, List<Path> places) throws IOException {
    OwnKey own = OwnKey.of(paths);
    return own.exists()
        ? hash(places)
            .map(name -> new SigningKey(null, name, own.signing().toString(), own.signing()))
        : Optional.empty();
  }

  /** It runs as root and reads the key: one that no package manager has installed is not run. */
  private static Optional<Path> program(HostPaths paths, BuildSpace space, String configured)
      throws IOException {
    if (space.isForInstalled(paths) || space.toolchain() != null) {
      return Optional.of(Path.of(or(configured, space.headers().resolve(SIGN_FILE))));
    }
    var inventory = new KernelInventory(paths);
    Stream<Path> installed =
        inventory.installed().stream()
            .flatMap(kernel -> inventory.headers(kernel).stream())
            .map(headers -> headers.resolve(SIGN_FILE));
    return Stream.concat(
            Stream.of(configured).filter(name -> !name.isEmpty()).map(Path::of), installed)
        .filter(program -> !program.normalize().startsWith(space.headers()))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static String or(String configured, Path usual) {
    return configured.isEmpty() ? usual.toString() : configured;
  }

  /** Headers by scripts/package/install-extmod-build of Linux, since 6.6, have no .config. */
  private static List<Path> places(Path headers) {
    return List.of(headers.resolve(".config"), headers.resolve("include/config/auto.conf"));
  }

  private static Optional<String> hash(List<Path> configurations) throws IOException {
    for (Path config : configurations) {
      if (Files.isReadable(config)) {
        try (Stream<String> lines = Files.lines(config)) {
          return lines
              .map(HASH::matcher)
              .filter(matcher -> matcher.matches())
              .map(matcher -> matcher.group(1))
              .findFirst();
        }
      }
    }
    return Optional.empty();
  }
}
