package org.kmodkeeper.varlink;

import org.jspecify.annotations.Nullable;

/**
 * An answer as it travels; the fields are Varlink's own.
 *
 * @param error the error's name, or null
 * @param parameters what Gson writes as one JSON object
 * @param continues whether others follow; null for the last one
 */
record Reply(@Nullable String error, Object parameters, @Nullable Boolean continues) {
  /** The last one to its call, or the only one. */
  static Reply last(Object parameters) {
    return new Reply(null, parameters, null);
  }

  /** One that others follow. */
  static Reply continued(Object parameters) {
    return new Reply(null, parameters, true);
  }

  /** An error, which is always the last. */
  static Reply refusing(VarlinkException refusal) {
    return new Reply(refusal.error(), refusal.parameters(), null);
  }
}
