package org.kmodkeeper.fleet;

import org.jspecify.annotations.Nullable;

/**
 * How packages are signed.
 *
 * @param key the name of a key of gpg(1), or null
 * @param program a command of sh(1) that gets the packages' files as further arguments and signs
 *     them in place, or null
 */
public record Signing(@Nullable String key, @Nullable String program) {
  public static final Signing NONE = new Signing(null, null);

  boolean isWanted() {
    return key != null || program != null;
  }

  /** The command to which the files are added; empty if none are signed. */
  String[] command() {
    if (key != null) {
      return new String[] {"rpmsign", "--define", "_gpg_name " + key, "--addsign"};
    }
    return program == null
        ? new String[0]
        : new String[] {"sh", "-c", program + " \"$@\"", "sign-with"};
  }

  @Override
  public String toString() {
    return key == null ? String.valueOf(program) : "rpmsign with the key " + key;
  }
}
