package org.kmodkeeper.build;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The output of the kernel's scripts/sign-file. */
public final class SignFile {
  /** OpenSSL's code, library, function, which version 3 leaves empty, reason, and where. */
  private static final Pattern OPENSSL =
      Pattern.compile("- SSL error:\\p{XDigit}+:[^:]*:[^:]*:([^:]+):.*");

  private static final String FAILED = "sign-file: ";

  private SignFile() {}

  /**
   * Why it did not sign; empty if it did.
   *
   * @param output may have other programs' lines as well
   */
  public static Optional<String> complaint(Stream<String> output) {
    @Nullable String reason = null;
    for (String line : (Iterable<String>) output::iterator) {
      Matcher openssl = OPENSSL.matcher(line);
      if (openssl.matches()) {
        reason = openssl.group(1);
      } else if (line.startsWith(FAILED)) {
        String subject = line.substring(FAILED.length());
        return Optional.of(reason == null ? subject : reason + " (" + subject + ")");
      }
    }
    return Optional.empty();
  }
}
