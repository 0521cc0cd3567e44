package org.kmodkeeper.api;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.varlink.VarlinkException;

/** Optional parameters of a call; one of another type is refused by its name. */
final class Parameters {
  private Parameters() {}

  static @Nullable String text(JsonObject parameters, String key) throws VarlinkException {
    @Nullable JsonElement value = value(parameters, key);
    if (value == null) {
      return null;
    }
    if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
      throw VarlinkException.invalidParameter(key);
    }
    return value.getAsString();
  }

  /** A number from 1 to {@code most}. */
  static int count(JsonObject parameters, String key, int usual, int most) throws VarlinkException {
    @Nullable JsonElement value = value(parameters, key);
    if (value == null) {
      return usual;
    }
    boolean isCount = value.isJsonPrimitive() && value.getAsString().matches("[1-9][0-9]{0,5}");
    if (!isCount || value.getAsInt() > most) {
      throw VarlinkException.invalidParameter(key);
    }
    return value.getAsInt();
  }

  private static @Nullable JsonElement value(JsonObject parameters, String key) {
    @Nullable JsonElement value = parameters.get(key);
    return value == null || value.isJsonNull() ? null : value;
  }
}
