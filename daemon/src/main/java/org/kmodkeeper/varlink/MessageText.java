package org.kmodkeeper.varlink;

import com.google.gson.JsonElement;
import com.google.gson.JsonIOException;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.json.Json;

/** Messages as text: strict JSON in UTF-8, ended by one NUL byte. */
final class MessageText {
  private MessageText() {}

  /** The object that the bytes hold; empty if they hold anything else. */
  static Optional<JsonObject> parse(byte[] message) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(message)).toString();
      @Nullable JsonElement element = Json.GSON.fromJson(text, JsonElement.class);
      return element != null && element.isJsonObject()
          ? Optional.of(element.getAsJsonObject())
          : Optional.empty();
    } catch (CharacterCodingException | JsonParseException notJson) {
      return Optional.empty();
    }
  }

  /** The parameters of a call or a reply; none at all and null are an empty object. */
  static JsonElement parameters(JsonObject message) {
    @Nullable JsonElement parameters = message.get("parameters");
    return parameters == null || parameters.isJsonNull() ? new JsonObject() : parameters;
  }

  /** The message with its NUL. */
  static ByteBuffer encode(Object message) {
    byte[] text = Json.GSON.toJson(message).getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(text.length + 1).put(text).put((byte) 0).flip();
  }

  /** Writes the message with its NUL, piece by piece: a whole status may have a megabyte. */
  static void write(Object message, OutputStream out) throws IOException {
    var writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    try {
      Json.GSON.toJson(message, writer);
    } catch (JsonIOException failed) {
      if (failed.getCause() instanceof IOException refused) {
        throw refused;
      }
      throw failed;
    }
    writer.write(0);
    writer.flush();
  }
}
