package org.kmodkeeper.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.varlink.VarlinkException;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NotificationTest {
  private static final String RELEASE = "5.14.0-503.el9.x86_64";

  @Test
  void accepts_that_everything_is_left_out() throws VarlinkException {
    assertThat(read("{}"))
        .isEqualTo(new Notification(List.of(), List.of(), false, false, false, "unnamed"));
  }

  @Test
  void treats_null_as_left_out() throws VarlinkException {
    assertThat(
            read(
                "{'installed':null,'removed':null,'headersChanged':null,'sourcesChanged':null,"
                    + "'toolsChanged':null,'origin':null}"))
        .isEqualTo(read("{}"));
  }

  @Test
  void keeps_everything_that_is_said() throws VarlinkException {
    assertThat(
            read(
                "{'installed':['6.1'],'removed':['"
                    + RELEASE
                    + "'],'headersChanged':true,"
                    + "'sourcesChanged':true,'toolsChanged':true,'origin':'dnf'}"))
        .isEqualTo(new Notification(List.of("6.1"), List.of(RELEASE), true, true, true, "dnf"));
  }

  @Test
  void receives_what_was_sent() throws VarlinkException {
    var sent = new Notification(List.of("6.1"), List.of(RELEASE), false, true, false, "command");

    assertThat(Notification.from(sent.toJson())).isEqualTo(sent);
  }

  @Test
  void ignores_unknown_fields() throws VarlinkException {
    assertThat(read("{'later':'version'}")).isEqualTo(read("{}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'installed':'6.1'}           | installed
          {'installed':{}}              | installed
          {'installed':[6]}             | installed
          {'installed':[null]}          | installed
          {'installed':['../6.1']}      | installed
          {'installed':['']}            | installed
          {'installed':['6.1','a b']}   | installed
          {'removed':['6.1/extra']}     | removed
          {'removed':true}              | removed
          {'headersChanged':'yes'}      | headersChanged
          {'sourcesChanged':1}          | sourcesChanged
          {'toolsChanged':[]}           | toolsChanged
          {'origin':7}                  | origin
          {'origin':''}                 | origin
          {'origin':'dnf\\ninstalled'}  | origin
          {'origin':'DNF'}              | origin
          """)
  void names_the_parameter_that_is_wrong(String text, String parameter) {
    assertThatThrownBy(() -> read(text))
        .asInstanceOf(type(VarlinkException.class))
        .satisfies(
            refusal -> {
              assertThat(refusal.error()).isEqualTo("org.varlink.service.InvalidParameter");
              assertThat(refusal.parameters().get("parameter").getAsString()).isEqualTo(parameter);
            });
  }

  @Test
  void refuses_a_release_longer_than_linux_can_report() {
    assertThatThrownBy(() -> read("{'installed':['" + "6".repeat(65) + "']}"))
        .isInstanceOf(VarlinkException.class);
  }

  @Test
  void refuses_more_kernels_than_any_transaction_installs() {
    String many = String.join(",", Collections.nCopies(257, "'6.1'"));

    assertThatThrownBy(() -> read("{'installed':[" + many + "]}"))
        .isInstanceOf(VarlinkException.class);
  }

  private static Notification read(String text) throws VarlinkException {
    JsonObject parameters = JsonParser.parseString(text).getAsJsonObject();
    return Notification.from(parameters);
  }
}
