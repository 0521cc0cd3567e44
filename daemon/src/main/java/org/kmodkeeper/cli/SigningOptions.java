package org.kmodkeeper.cli;

import org.jspecify.annotations.Nullable;
import org.kmodkeeper.fleet.Signing;
import picocli.CommandLine.Option;

/** How packages are signed. */
final class SigningOptions {
  @Option(
      names = "--sign-key",
      paramLabel = "KEY",
      description = "Sign packages with rpmsign and this key of gpg.")
  private @Nullable String key;

  @Option(
      names = "--sign-with",
      paramLabel = "COMMAND",
      description = {
        "Sign packages with this command: it gets their files as further arguments, and signs",
        "them in place. The key need not be on this host."
      })
  private @Nullable String command;

  Signing signing() throws CommandFailedException {
    if (key != null && command != null) {
      throw ExitStatus.USAGE.because("--sign-key and --sign-with exclude each other");
    }
    return new Signing(key, command);
  }
}
