package org.kmodkeeper.varlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.kmodkeeper.varlink.TestServer.PATIENCE;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class SelfDescriptionTest {
  private static final String DESCRIBE = "org.varlink.service.GetInterfaceDescription";

  private final TestServer server;
  private final VarlinkClient client;

  SelfDescriptionTest(@TempDir Path directory) throws IOException {
    server = TestServer.start(directory);
    client = server.client();
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    server.close();
  }

  @Test
  void says_who_the_service_is_and_what_it_offers() throws IOException, VarlinkException {
    JsonObject info = client.call("org.varlink.service.GetInfo", new JsonObject(), PATIENCE);

    assertThat(info)
        .isEqualTo(
            JsonParser.parseString(
                """
                {"vendor": "vendor", "product": "product", "version": "1.2",
                 "url": "https://example.org",
                 "interfaces": ["org.example", "org.varlink.service"]}
                """));
  }

  @Test
  void describes_an_interface_in_varlinks_own_language() throws IOException, VarlinkException {
    JsonObject answer = client.call(DESCRIBE, named("org.example"), PATIENCE);

    assertThat(answer.get("description").getAsString()).isEqualTo(TestServer.DESCRIPTION);
  }

  @Test
  void describes_itself() throws IOException, VarlinkException {
    JsonObject answer = client.call(DESCRIBE, named("org.varlink.service"), PATIENCE);

    assertThat(answer.get("description").getAsString())
        .contains("interface org.varlink.service", "method GetInfo()", "error ExpectedMore ()");
  }

  @Test
  void names_an_unknown_interface_in_the_error() {
    assertThatThrownBy(() -> client.call(DESCRIBE, named("org.other"), PATIENCE))
        .asInstanceOf(type(VarlinkException.class))
        .satisfies(
            refusal -> {
              assertThat(refusal.error()).isEqualTo("org.varlink.service.InterfaceNotFound");
              assertThat(refusal.parameters()).isEqualTo(named("org.other"));
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "{\"interface\":null}", "{\"interface\":5}", "{\"interface\":true}"})
  void refuses_to_describe_what_is_not_a_name(String parameters) {
    JsonObject asked = JsonParser.parseString(parameters).getAsJsonObject();

    assertThatThrownBy(() -> client.call(DESCRIBE, asked, PATIENCE))
        .hasMessage("org.varlink.service.InvalidParameter {\"parameter\":\"interface\"}");
  }

  private static JsonObject named(String name) {
    var parameters = new JsonObject();
    parameters.addProperty("interface", name);
    return parameters;
  }
}
