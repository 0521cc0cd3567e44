package org.kmodkeeper.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.KebabCase;

/** The schemas of what commands print with {@code --json}, made of the records that are printed. */
final class JsonSchemas {
  private JsonSchemas() {}

  /** Of an object with the fields of a record after those that every object begins with. */
  static JsonObject of(Class<?> record, String title) {
    JsonObject schema = envelope(title);
    property(schema, "source", words("string", List.of("daemon", "disk", "command")));
    fields(schema, record);
    return schema;
  }

  /** Of an object that stands in the place of another one, where a command has failed. */
  static JsonObject ofFailure() {
    var error = new JsonObject();
    error.addProperty("type", "object");
    property(error, "status", type("integer"));
    property(error, "message", type("string"));
    JsonObject schema = envelope("any command with --json that fails");
    property(schema, "error", error);
    return schema;
  }

  private static JsonObject envelope(String title) {
    var schema = new JsonObject();
    schema.addProperty("$schema", "http://json-schema.org/draft-07/schema#");
    schema.addProperty("title", "kmodkeeper " + title);
    schema.addProperty("type", "object");
    property(schema, "version", type("string"));
    property(schema, "host", type("string"));
    property(schema, "time", time());
    return schema;
  }

  private static void property(JsonObject schema, String name, JsonObject kind) {
    if (!schema.has("properties")) {
      schema.add("properties", new JsonObject());
      schema.add("required", new JsonArray());
    }
    // The status has a version itself.
    if (!schema.getAsJsonObject("properties").has(name)) {
      schema.getAsJsonArray("required").add(name);
    }
    schema.getAsJsonObject("properties").add(name, kind);
  }

  private static void fields(JsonObject schema, Class<?> record) {
    for (RecordComponent field : record.getRecordComponents()) {
      property(schema, field.getName(), kind(field.getAnnotatedType()));
    }
  }

  private static JsonObject kind(AnnotatedType annotated) {
    JsonObject schema = kind(annotated, raw(annotated.getType()));
    return annotated.isAnnotationPresent(Nullable.class) ? orNull(schema) : schema;
  }

  private static Class<?> raw(Type type) {
    return (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
  }

  private static JsonObject kind(AnnotatedType annotated, Class<?> raw) {
    if (annotated instanceof AnnotatedParameterizedType list && raw == List.class) {
      JsonObject schema = type("array");
      schema.add("items", kind(list.getAnnotatedActualTypeArguments()[0]));
      return schema;
    }
    if (raw.isEnum()) {
      return words(
          "string",
          Arrays.stream(raw.getEnumConstants())
              .map(constant -> KebabCase.of((Enum<?>) constant))
              .toList());
    }
    if (raw.getName().endsWith(".Kernel") || !raw.isRecord()) {
      return raw == Instant.class ? time() : type(word(raw));
    }
    JsonObject schema = type("object");
    fields(schema, raw);
    return schema;
  }

  private static String word(Class<?> raw) {
    return switch (raw.getSimpleName()) {
      case "boolean" -> "boolean";
      case "int", "long", "Integer", "Long" -> "integer";
      case "String", "Path", "Kernel" -> "string";
      default -> throw new AssertionError("how is " + raw + " printed?");
    };
  }

  private static JsonObject type(String name) {
    var schema = new JsonObject();
    schema.addProperty("type", name);
    return schema;
  }

  private static JsonObject time() {
    JsonObject schema = type("string");
    schema.addProperty("format", "date-time");
    return schema;
  }

  private static JsonObject words(String name, List<String> all) {
    JsonObject schema = type(name);
    var words = new JsonArray();
    all.forEach(words::add);
    schema.add("enum", words);
    return schema;
  }

  private static JsonObject orNull(JsonObject schema) {
    var types = new JsonArray();
    types.add(schema.get("type").getAsString());
    types.add("null");
    schema.add("type", types);
    if (schema.has("enum")) {
      schema.getAsJsonArray("enum").add(com.google.gson.JsonNull.INSTANCE);
    }
    return schema;
  }
}
