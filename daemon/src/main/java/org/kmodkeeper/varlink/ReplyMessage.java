package org.kmodkeeper.varlink;

import org.jspecify.annotations.Nullable;

/**
 * An answer as it travels; the fields are Varlink's own.
 *
 * @param error the error's name, or null
 * @param parameters what Gson writes as one JSON object
 * @param continues whether others follow; null for the last one
 */
record ReplyMessage(@Nullable String error, Object parameters, @Nullable Boolean continues) {
  /** The last one to its call, or the only one. */
  static ReplyMessage last(Object parameters) {
    return new ReplyMessage(null, parameters, null);
  }

  /** One that others follow. */
  static ReplyMessage continued(Object parameters) {
    return new ReplyMessage(null, parameters, true);
  }

  /** An error, which is always the last. */
  static ReplyMessage refusing(VarlinkException refusal) {
    return new ReplyMessage(refusal.error(), refusal.parameters(), null);
  }
}
