package org.kmodkeeper.signing;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** Makes a host's own key with openssl(1). */
public final class KeyMaker {
  /** Kernels do not look at it; the one that is enrolled is to last as long as the host. */
  private static final String AUTHORITY_DAYS = "10950";

  private static final String SIGNING_DAYS = "3650";

  /** With what stands before it, no more than a common name may have: RFC 5280, A.1. */
  private static final int MAX_NAME = 31;

  private static final String PRIVATE = "rw-------";

  /** More is not read by all of the shims that are in use. */
  private static final String KIND = "rsa:2048";

  private static final List<String> SIGNS =
      List.of(
          "basicConstraints=critical,CA:FALSE",
          "keyUsage=critical,digitalSignature",
          "extendedKeyUsage=codeSigning",
          "subjectKeyIdentifier=hash",
          "authorityKeyIdentifier=keyid");

  /** What gets into a machine keyring that takes only a CA, also with the strictest rule. */
  private static final List<String> ISSUES =
      List.of(
          "basicConstraints=critical,CA:TRUE",
          "keyUsage=critical,keyCertSign",
          "subjectKeyIdentifier=hash",
          "authorityKeyIdentifier=keyid");

  private final OwnKey key;
  private final CommandRunner runner;
  private final String host;

  /**
   * Makes nothing yet.
   *
   * @param host the host's name, which certificates bear
   */
  public KeyMaker(OwnKey key, CommandRunner runner, String host) {
    this.key = key;
    this.runner = runner;
    String plain = host.replaceAll("[^A-Za-z0-9.-]", "");
    this.host = plain.substring(0, Math.min(MAX_NAME, plain.length()));
  }

  /** What is enrolled. */
  public enum Enrolled {
    /** The key that signs. */
    SIGNING_KEY,
    /** A certificate authority, which can issue other keys that sign without another reboot. */
    AUTHORITY
  }

  /** Makes a key where there is none; all of it is there, or nothing. */
  public void create(Enrolled what) throws IOException, InterruptedException {
    Path fresh = key.directory().resolveSibling("keys.new");
    FileUtils.deleteDirectory(fresh.toFile());
    Files.createDirectories(fresh);
    try {
      var made = new OwnKey(fresh);
      if (what == Enrolled.AUTHORITY) {
        selfSigned(made.authority(), "module signing CA", ISSUES, AUTHORITY_DAYS);
        enrollable(made.authority(), made.enrolled());
        issue(made, made.signing());
      } else {
        selfSigned(made.signing(), "module signing key", SIGNS, AUTHORITY_DAYS);
        enrollable(made.signing(), made.enrolled());
      }
      // What a key that is retired has left.
      FileUtils.deleteDirectory(key.directory().toFile());
      Files.move(fresh, key.directory());
      AtomicFile.sync(key.directory());
    } finally {
      FileUtils.deleteDirectory(fresh.toFile());
    }
  }

  /** Replaces the key that signs by another one of the same authority. */
  public void rotate() throws IOException, InterruptedException {
    Path next = key.directory().resolve("signing.new");
    issue(key, next);
    Files.move(next, key.signing(), StandardCopyOption.ATOMIC_MOVE);
    AtomicFile.sync(key.directory());
  }

  private void selfSigned(Path to, String name, List<String> extensions, String days)
      throws IOException, InterruptedException {
    Path work = work(to, name, extensions);
    openssl(
        List.of("req", "-new", "-x509", "-newkey", KIND, "-nodes", "-sha256", "-days", days),
        List.of("-config", work.resolve("conf").toString()),
        List.of("-keyout", secret(work, "key").toString()),
        List.of("-out", work.resolve("crt").toString()));
    join(work, to);
  }

  private void issue(OwnKey by, Path to) throws IOException, InterruptedException {
    Path work = work(to, "module signing key", SIGNS);
    String configuration = work.resolve("conf").toString();
    String request = work.resolve("csr").toString();
    openssl(
        List.of("req", "-new", "-newkey", KIND, "-nodes", "-config", configuration),
        List.of("-keyout", secret(work, "key").toString(), "-out", request));
    String serial = new BigInteger(120, new SecureRandom()).setBit(119).toString();
    openssl(
        List.of("x509", "-req", "-sha256", "-days", SIGNING_DAYS, "-set_serial", serial),
        List.of("-in", request, "-CA", by.authority().toString()),
        List.of("-CAkey", by.authority().toString()),
        List.of("-extfile", configuration, "-extensions", "v3"),
        List.of("-out", work.resolve("crt").toString()));
    join(work, to);
  }

  /** A directory of the key's own, with openssl's configuration. */
  private Path work(Path to, String name, List<String> extensions) throws IOException {
    Path work =
        Files.createTempDirectory(
            to.toAbsolutePath().getParent(),
            "work",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(
        work.resolve("conf"),
        "[req]\nprompt=no\ndistinguished_name=dn\nx509_extensions=v3\n[dn]\nCN=kmodkeeper "
            + name
            + " of "
            + host
            + "\n[v3]\n"
            + String.join("\n", extensions)
            + "\n");
    return work;
  }

  /** An older openssl makes keys readable for all. */
  private static Path secret(Path work, String name) throws IOException {
    return Files.createFile(
        work.resolve(name),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)));
  }

  /** The certificate comes first: what reads a certificate out of the file takes the first text. */
  private static void join(Path work, Path to) throws IOException {
    Path whole = secret(work, "pem");
    Files.writeString(
        whole, Files.readString(work.resolve("crt")) + Files.readString(work.resolve("key")));
    AtomicFile.sync(whole);
    Files.move(whole, to);
    FileUtils.deleteDirectory(work.toFile());
  }

  private void enrollable(Path from, Path to) throws IOException, InterruptedException {
    openssl(List.of("x509", "-in", from.toString(), "-outform", "DER", "-out", to.toString()));
  }

  @SafeVarargs
  private void openssl(List<String>... words) throws IOException, InterruptedException {
    List<String> argv = new ArrayList<>(List.of("openssl"));
    for (List<String> some : words) {
      argv.addAll(some);
    }
    Completed ran = runner.run(Command.of(argv));
    if (!ran.succeeded()) {
      throw new IOException("openssl " + argv.get(1) + ": " + ran.complaint());
    }
  }
}
