package org.kmodkeeper.api;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.varlink.VarlinkException;

/** Optional parameters of a call; one of another type is refused by its name. */
final class Parameters {
  private Parameters() {}

  static @Nullable String text(JsonObject parameters, String key) throws VarlinkException {
    @Nullable JsonElement value = value(parameters, key);
    return value == null ? null : text(value, key);
  }

  private static String text(JsonElement value, String key) throws VarlinkException {
    if (!(value instanceof JsonPrimitive text && text.isString())) {
      throw VarlinkException.invalidParameter(key);
    }
    return text.getAsString();
  }

  static List<String> texts(JsonObject parameters, String key) throws VarlinkException {
    @Nullable JsonElement value = value(parameters, key);
    if (value != null && !value.isJsonArray()) {
      throw VarlinkException.invalidParameter(key);
    }
    List<String> texts = new ArrayList<>();
    for (JsonElement each : value == null ? List.<JsonElement>of() : value.getAsJsonArray()) {
      texts.add(text(each, key));
    }
    return texts;
  }

  static boolean flag(JsonObject parameters, String key) throws VarlinkException {
    @Nullable JsonElement value = value(parameters, key);
    if (value != null && !(value instanceof JsonPrimitive flag && flag.isBoolean())) {
      throw VarlinkException.invalidParameter(key);
    }
    return value != null && value.getAsBoolean();
  }

  /** A number from 1 to {@code most}. */
  static int count(JsonObject parameters, String key, int usual, int most) throws VarlinkException {
    @Nullable JsonElement value = value(parameters, key);
    if (value == null) {
      return usual;
    }
    if (!value.isJsonPrimitive() || !value.getAsString().matches("[1-9][0-9]{0,5}")) {
      throw VarlinkException.invalidParameter(key);
    }
    return Math.min(most, value.getAsInt());
  }

  private static @Nullable JsonElement value(JsonObject parameters, String key) {
    @Nullable JsonElement value = parameters.get(key);
    return value == null || value.isJsonNull() ? null : value;
  }
}
