package org.kmodkeeper.cli;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.kmodkeeper.api.Version;
import org.kmodkeeper.api.View;
import org.kmodkeeper.host.HostIdentity;
import org.kmodkeeper.json.Json;
import picocli.CommandLine.Option;

/** What a command has found, for programs. */
final class JsonOutput {
  static final String OPTION = "--json";

  /** The source of what a command has done itself. */
  static final String COMMAND = "command";

  @Option(
      names = OPTION,
      description = "Print one JSON object; its fields are those of the Varlink interface.")
  private boolean wanted;

  boolean wanted() {
    return wanted;
  }

  /**
   * Prints an object: of which host at which time, whose look it is, daemon or disk, and the fields
   * of the value.
   */
  static void print(View.Provider source, Object value, CommandContext host) {
    print(source.name().toLowerCase(Locale.ROOT), value, host);
  }

  /** The same of what the command has done itself, or read elsewhere. */
  static void print(String source, Object value, CommandContext host) {
    JsonObject answer = begin(host);
    answer.addProperty("source", source);
    Gson gson = gson();
    gson.toJsonTree(value).getAsJsonObject().asMap().forEach(answer::add);
    host.out().println(gson.toJson(answer));
  }

  /** Prints in the answer's place why there is none; programs need not read standard error. */
  static void printFailure(int exitStatus, String message, CommandContext host) {
    var failure = new JsonObject();
    failure.addProperty("status", exitStatus);
    failure.addProperty("message", message);
    JsonObject answer = begin(host);
    answer.add("error", failure);
    host.out().println(gson().toJson(answer));
  }

  private static Gson gson() {
    return Json.GSON.newBuilder().serializeNulls().setPrettyPrinting().create();
  }

  private static JsonObject begin(CommandContext host) {
    var answer = new JsonObject();
    answer.addProperty("version", Version.TEXT);
    answer.addProperty("host", HostIdentity.read(host.paths()).name());
    answer.addProperty("time", host.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString());
    return answer;
  }
}
