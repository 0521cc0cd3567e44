package org.kmodkeeper.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A key that signs modules, made by openssl.
 *
 * @param certificate in DER form
 */
public record TestKey(Path key, Path certificate) {
  private static final Path KBUILD = Path.of("/usr/lib");

  /** A new key on an elliptic curve; the certificate's subject is {@code CN=<name>}. */
  public static TestKey named(String name, Path directory)
      throws IOException, InterruptedException {
    return make(name, directory, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1");
  }

  /** A new RSA key of 2048 bits, which takes longer to make. */
  public static TestKey rsa(String name, Path directory) throws IOException, InterruptedException {
    return make(name, directory, "-newkey", "rsa:2048");
  }

  /** A new key on an elliptic curve whose certificate has these extensions: x509v3_config(5). */
  public static TestKey extended(String name, Path directory, String... extensions)
      throws IOException, InterruptedException {
    Path configuration = Files.createTempFile(Files.createDirectories(directory), "openssl", "cnf");
    Files.writeString(
        configuration,
        "[req]\ndistinguished_name=dn\nx509_extensions=v3\n[dn]\n[v3]\n"
            + String.join("\n", extensions)
            + "\n");
    return make(
        name,
        directory,
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-config",
        configuration.toString());
  }

  private static TestKey make(String name, Path directory, String... kind)
      throws IOException, InterruptedException {
    Path place = Files.createTempDirectory(Files.createDirectories(directory), "key");
    var key = new TestKey(place.resolve("key.pem"), place.resolve("certificate.der"));
    List<String> argv =
        Stream.of(
                Stream.of("openssl", "req", "-new", "-x509", "-nodes", "-set_serial", "4711"),
                Stream.of("-days", "2", "-subj", "/CN=" + name + "/", "-outform", "DER"),
                Stream.of("-keyout", key.key.toString(), "-out", key.certificate.toString()),
                Stream.of(kind))
            .flatMap(words -> words)
            .toList();
    TestModule.run(argv.toArray(String[]::new));
    return key;
  }

  /** Gives the key a certificate that ended yesterday. */
  public void expire() throws IOException, InterruptedException {
    Path extensions = Files.writeString(key.resolveSibling("ext"), "basicConstraints=CA:FALSE\n");
    certify("-extfile", extensions.toString(), "-days", "-1");
  }

  /** Gives the key a certificate of version 1, which has no extensions. */
  public void dropExtensions() throws IOException, InterruptedException {
    certify("-days", "2");
  }

  private void certify(String... how) throws IOException, InterruptedException {
    String request = key.resolveSibling("request").toString();
    TestModule.run(
        "openssl", "req", "-new", "-key", key.toString(), "-subj", "/CN=owner", "-out", request);
    List<String> argv =
        Stream.of(
                Stream.of("openssl", "x509", "-req", "-in", request, "-signkey", key.toString()),
                Stream.of("-outform", "DER", "-out", certificate.toString()),
                Stream.of(how))
            .flatMap(words -> words)
            .toList();
    TestModule.run(argv.toArray(String[]::new));
  }

  /** Signs a module with the kernel's own program, as kbuild and dkms do. */
  public void sign(Path module, String hash) throws IOException, InterruptedException {
    TestModule.run(
        signFile().toString(), hash, key.toString(), certificate.toString(), module.toString());
  }

  /** Signs a module and names the key by its identifier, not by the certificate's number. */
  public void signByKeyIdentifier(Path module) throws IOException, InterruptedException {
    TestModule.run(
        signFile().toString(),
        "-k",
        "sha256",
        key.toString(),
        certificate.toString(),
        module.toString());
  }

  /** The kernel's own program. */
  public static Path signFile() throws IOException {
    try (Stream<Path> versions = Files.list(KBUILD)) {
      return versions
          .filter(version -> version.getFileName().toString().startsWith("linux-kbuild-"))
          .map(version -> version.resolve("scripts/sign-file"))
          .filter(Files::isExecutable)
          .findFirst()
          .orElseThrow(() -> new IOException("no sign-file below " + KBUILD));
    }
  }
}
