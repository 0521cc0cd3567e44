package org.kmodkeeper.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Lines.assertIsLine;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.kmodkeeper.varlink.VarlinkException;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NotificationFuzzTest {
  @FuzzTest
  void parses_or_refuses_any_parameters(byte[] parameters) throws VarlinkException {
    JsonElement json;
    try {
      json = JsonParser.parseString(new String(parameters, StandardCharsets.UTF_8));
    } catch (JsonParseException notJson) {
      return;
    }
    if (!json.isJsonObject()) {
      return;
    }
    Notification notification;
    try {
      Parameters.text(json.getAsJsonObject(), "driver");
      Parameters.count(json.getAsJsonObject(), "count", 50, 500);
      notification = Notification.from(json.getAsJsonObject());
    } catch (VarlinkException refused) {
      assertThat(refused.error()).isEqualTo("org.varlink.service.InvalidParameter");
      return;
    }

    assertIsLine(notification.toString());
    assertThat(Notification.from(notification.toJson())).isEqualTo(notification);
  }
}
