package org.kmodkeeper.varlink;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One method call.
 *
 * @param method with its interface: {@code org.kmodkeeper.Status}
 * @param style how the caller wants to be answered
 */
public record Call(String method, JsonObject parameters, Style style, Peer peer) {
  /** How a caller wants to be answered. */
  public enum Style {
    /** By one reply. */
    ONCE,
    /** By any number of replies, the last without {@code continues}. */
    MORE,
    /** Not at all. */
    ONEWAY
  }

  /** Empty if the method is named without one. */
  String interfaceName() {
    return method.substring(0, Math.max(0, method.lastIndexOf('.')));
  }

  String methodName() {
    return method.substring(method.lastIndexOf('.') + 1);
  }

  /** What a message calls; empty if it is not a call. */
  static Optional<Call> read(JsonObject message, Peer peer) {
    @Nullable JsonElement method = message.get("method");
    JsonElement parameters = MessageText.parameters(message);
    if (method == null
        || !method.isJsonPrimitive()
        || !method.getAsJsonPrimitive().isString()
        || !parameters.isJsonObject()) {
      return Optional.empty();
    }
    Style style =
        isTrue(message, "oneway")
            ? Style.ONEWAY
            : isTrue(message, "more") ? Style.MORE : Style.ONCE;
    return Optional.of(new Call(method.getAsString(), parameters.getAsJsonObject(), style, peer));
  }

  private static boolean isTrue(JsonObject message, String flag) {
    @Nullable JsonElement value = message.get(flag);
    return value != null && value.isJsonPrimitive() && value.getAsBoolean();
  }
}
