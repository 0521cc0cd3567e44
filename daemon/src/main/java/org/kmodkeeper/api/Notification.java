package org.kmodkeeper.api;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.varlink.VarlinkException;

/**
 * What a caller of Notify says has changed; the fields are that method's parameters.
 *
 * @param installed kernel releases that came
 * @param removed kernel releases that went
 * @param origin who tells
 */
public record Notification(
    List<String> installed,
    List<String> removed,
    boolean headersChanged,
    boolean sourcesChanged,
    boolean toolsChanged,
    String origin) {
  /** More kernels than any transaction brings. */
  private static final int MAX_KERNELS = 256;

  public Notification {
    installed = List.copyOf(installed);
    removed = List.copyOf(removed);
  }

  static Notification from(JsonObject parameters) throws VarlinkException {
    String origin = Objects.requireNonNullElse(Parameters.text(parameters, "origin"), "unnamed");
    if (!origin.matches("[a-z0-9-]{1,32}")) {
      throw VarlinkException.invalidParameter("origin");
    }
    return new Notification(
        releases(parameters, "installed"),
        releases(parameters, "removed"),
        Parameters.flag(parameters, "headersChanged"),
        Parameters.flag(parameters, "sourcesChanged"),
        Parameters.flag(parameters, "toolsChanged"),
        origin);
  }

  private static List<String> releases(JsonObject parameters, String key) throws VarlinkException {
    List<String> releases = Parameters.texts(parameters, key);
    if (releases.size() > MAX_KERNELS || !releases.stream().allMatch(Kernel::isRelease)) {
      throw VarlinkException.invalidParameter(key);
    }
    return releases;
  }

  JsonObject toJson() {
    return Json.GSON.toJsonTree(this).getAsJsonObject();
  }

  /** What has changed beside kernels, in words. */
  List<String> changed() {
    return Stream.of(
            headersChanged ? "headers" : "",
            sourcesChanged ? "sources" : "",
            toolsChanged ? "tools" : "")
        .filter(word -> !word.isEmpty())
        .toList();
  }
}
