package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kmodkeeper.api.History;
import org.kmodkeeper.api.NextBoot;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.keys.KeysReport;

/** The schemas in docs/json against what the commands print; a scenario has real ones checked. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class JsonSchemaTest {
  private static final Path SCHEMAS = Path.of("docs/json");
  private static final String ENDING = ".schema.json";

  /** By the schema's name: that of a command, and of what it is asked to do where that counts. */
  private static final Map<String, Class<?>> RECORDS =
      Map.of(
          "status", Status.class,
          "explain", ExplainCommand.Explanations.class,
          "history", History.class,
          "store", StoreCommand.Listing.class,
          "preflight", PreflightCommand.Answers.class,
          "doctor", DoctorCommand.Diagnoses.class,
          "keys-status", KeysReport.class,
          "rebuild", RebuildCommand.Scheduled.class,
          "guard-status", NextBoot.class,
          "guard-release", GuardCommand.Released.class);

  private static Map<String, JsonObject> expected() {
    var schemas = new TreeMap<String, JsonObject>();
    RECORDS.forEach(
        (name, record) ->
            schemas.put(name, JsonSchemas.of(record, name.replace('-', ' ') + " --json")));
    schemas.put("lines", JsonSchemas.of(JsonLines.Done.class, "with --json, other commands"));
    schemas.put("error", JsonSchemas.ofFailure());
    return schemas;
  }

  static Stream<String> names() {
    return expected().keySet().stream();
  }

  /** To renew them after a change of a record: {@code -Dschemas=write}. */
  @ParameterizedTest
  @MethodSource("names")
  void says_what_a_command_prints(String name) throws IOException {
    Gson gson = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
    Path file = SCHEMAS.resolve(name + ENDING);
    JsonObject schema = expected().get(name);
    if ("write".equals(System.getProperty("schemas"))) {
      Files.writeString(file, gson.toJson(schema) + "\n");
    }

    assertThat(gson.toJson(JsonParser.parseString(Files.readString(file))))
        .isEqualTo(gson.toJson(schema));
  }

  @Test
  void has_no_other_schema() throws IOException {
    try (Stream<Path> files = Files.list(SCHEMAS)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> name.endsWith(ENDING))
          .containsExactlyInAnyOrderElementsOf(
              names().map(name -> name + ENDING).collect(Collectors.toList()));
    }
  }

  @Test
  void has_a_schema_for_each_command_with_fields_of_its_own() {
    assertThat(
            TestTerminal.commands().entrySet().stream()
                .filter(
                    one -> !one.getValue().getCommandSpec().mixins().containsKey(JsonLines.MIXIN))
                .map(Map.Entry::getKey))
        .containsExactlyInAnyOrderElementsOf(
            RECORDS.keySet().stream()
                .map(name -> name.split("-", 2)[0])
                .collect(Collectors.toSet()));
  }
}
