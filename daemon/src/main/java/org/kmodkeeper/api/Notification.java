package org.kmodkeeper.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.varlink.VarlinkException;

/**
 * What a caller of Notify says has changed.
 *
 * @param installed kernel releases that came
 * @param removed kernel releases that went
 * @param changed what else: headers, sources, tools
 * @param origin who tells
 */
public record Notification(
    List<String> installed, List<String> removed, List<String> changed, String origin) {
  /** More kernels than any transaction brings. */
  private static final int MAX_KERNELS = 256;

  private static final Map<String, String> CHANGES =
      Map.of("headersChanged", "headers", "sourcesChanged", "sources", "toolsChanged", "tools");

  public Notification {
    installed = List.copyOf(installed);
    removed = List.copyOf(removed);
    changed = List.copyOf(changed);
  }

  static Notification from(JsonObject parameters) throws VarlinkException {
    List<String> changed = new ArrayList<>();
    for (String key : CHANGES.keySet().stream().sorted().toList()) {
      if (flag(parameters, key)) {
        changed.add(CHANGES.get(key));
      }
    }
    return new Notification(
        releases(parameters, "installed"),
        releases(parameters, "removed"),
        changed,
        origin(parameters));
  }

  JsonObject toJson() {
    var parameters = new JsonObject();
    parameters.add("installed", array(installed));
    parameters.add("removed", array(removed));
    CHANGES.forEach((key, word) -> parameters.addProperty(key, changed.contains(word)));
    parameters.addProperty("origin", origin);
    return parameters;
  }

  private static JsonArray array(List<String> texts) {
    var array = new JsonArray();
    texts.forEach(array::add);
    return array;
  }

  private static boolean flag(JsonObject parameters, String key) throws VarlinkException {
    @Nullable JsonElement value = parameters.get(key);
    if (value == null || value.isJsonNull()) {
      return false;
    }
    if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isBoolean()) {
      throw VarlinkException.invalidParameter(key);
    }
    return value.getAsBoolean();
  }

  private static List<String> releases(JsonObject parameters, String key) throws VarlinkException {
    @Nullable JsonElement value = parameters.get(key);
    if (value == null || value.isJsonNull()) {
      return List.of();
    }
    if (!value.isJsonArray() || value.getAsJsonArray().size() > MAX_KERNELS) {
      throw VarlinkException.invalidParameter(key);
    }
    List<String> releases = new ArrayList<>();
    for (JsonElement element : value.getAsJsonArray()) {
      if (!isText(element) || !Kernel.isRelease(element.getAsString())) {
        throw VarlinkException.invalidParameter(key);
      }
      releases.add(element.getAsString());
    }
    return releases;
  }

  private static String origin(JsonObject parameters) throws VarlinkException {
    @Nullable JsonElement value = parameters.get("origin");
    if (value == null || value.isJsonNull()) {
      return "unnamed";
    }
    if (!isText(value) || !value.getAsString().matches("[a-z0-9-]{1,32}")) {
      throw VarlinkException.invalidParameter("origin");
    }
    return value.getAsString();
  }

  private static boolean isText(JsonElement element) {
    return element.isJsonPrimitive() && element.getAsJsonPrimitive().isString();
  }
}
