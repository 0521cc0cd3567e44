package org.kmodkeeper.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.json.Json;

/** An explanation as a daemon has sent it, of a driver that is ready; to be changed by tests. */
public record Explained(JsonObject json) {
  public static Explained ready() throws IOException {
    try (InputStream stream = Explained.class.getResourceAsStream("explanation.json")) {
      String text =
          new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
      return new Explained(JsonParser.parseString(text).getAsJsonObject());
    }
  }

  /** Another value, given as JSON in which ' stands for ". */
  public Explained with(String path, String value) {
    JsonElement place = json;
    String[] names = path.split("\\.", -1);
    for (int at = 0; at < names.length - 1; at++) {
      place =
          place.isJsonArray()
              ? place.getAsJsonArray().get(Integer.parseInt(names[at]))
              : place.getAsJsonObject().get(names[at]);
    }
    place
        .getAsJsonObject()
        .add(names[names.length - 1], JsonParser.parseString(value.replace('\'', '"')));
    return this;
  }

  /** The same of its only module. */
  public Explained module(String path, String value) {
    return with("modules.0." + path, value);
  }

  public Explanation explanation() {
    return Objects.requireNonNull(Json.GSON.fromJson(json, Explanation.class));
  }
}
