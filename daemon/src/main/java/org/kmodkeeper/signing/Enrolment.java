package org.kmodkeeper.signing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** Asks shim by mokutil(1) to enroll a certificate; shim asks back on the console when it boots. */
public final class Enrolment {
  /** On the same keys of English, German and French keyboards: MokManager knows the first only. */
  private static final String LETTERS = "bcdefghijklnoprstuvx";

  private static final int PASSWORD_LENGTH = 12;

  private static final String PROGRAM = "mokutil";

  private final CommandRunner runner;

  public Enrolment(CommandRunner runner) {
    this.runner = runner;
  }

  /** Whether this host can ask. */
  public boolean isPossible() {
    return runner.searchPath().find(PROGRAM).isPresent();
  }

  /** A password for one enrolment. */
  public static String password() {
    return new SecureRandom()
        .ints(PASSWORD_LENGTH, 0, LETTERS.length())
        .collect(
            StringBuilder::new,
            (text, at) -> text.append(LETTERS.charAt(at)),
            StringBuilder::append)
        .toString();
  }

  /** What the next boot is to ask about a certificate. */
  public enum Change {
    ENROLL("--import"),
    DELETE("--delete");

    private final String option;

    Change(String option) {
      this.option = option;
    }
  }

  /**
   * Has the next boot ask whether to enroll the certificate, or to delete it.
   *
   * @param password what the console will ask for; root's if it is null
   * @throws IOException if mokutil refuses; the message is its own
   */
  public void request(Change change, X509Certificate certificate, @Nullable String password)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile("kmodkeeper", ".der");
    Path hash = Files.createTempFile("kmodkeeper", ".hash");
    try {
      Files.write(file, certificate.getEncoded());
      Command command =
          password == null
              ? Command.of(PROGRAM, change.option, file.toString(), "--root-pw")
              // An older mokutil reads a password only from a terminal. Among arguments it would be
              // there for all to see.
              : Command.of(
                      "sh",
                      "-c",
                      "printf '%s\\n' \"$PASSWORD\" | openssl passwd -6 -stdin >\"$3\" && exec "
                          + PROGRAM
                          + " \"$1\" \"$2\" --hash-file \"$3\"",
                      "sh",
                      change.option,
                      file.toString(),
                      hash.toString())
                  .with("PASSWORD", password);
      Completed ran = runner.run(command);
      if (!ran.succeeded()) {
        throw new IOException(PROGRAM + " " + change.option + ": " + ran.complaint());
      }
    } catch (CertificateEncodingException unusable) {
      throw new IOException(unusable);
    } finally {
      Files.delete(file);
      Files.delete(hash);
    }
  }
}
