package org.kmodkeeper.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.report.Statuses.driver;
import static org.kmodkeeper.report.Statuses.kernel;
import static org.kmodkeeper.report.Statuses.next;
import static org.kmodkeeper.report.Statuses.optional;
import static org.kmodkeeper.report.Statuses.ready;
import static org.kmodkeeper.report.Statuses.running;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.Verdict;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FleetReportTest {
  private static final Instant NOW = Instant.parse("2026-12-01T08:00:00Z");
  private static final String NEW = "6.1.0-560.el9.x86_64";
  private static final String OLD = "6.1.0-550.el9.x86_64";
  private static final String HOSTILE = "</td></tr><script>alert(1)</script>&lt;\u001b[2J";

  private final Path directory;

  FleetReportTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static Status.DriverStatus broken() {
    return driver("nic", "1", Verdict.BUILD_FAILED, "nic.c:1: error", null, null);
  }

  private static Status good() {
    return Statuses.of(next(running(kernel(NEW, ready("nic", "1")))));
  }

  private void write(String name, Status status) throws IOException {
    write(name, status, json -> {});
  }

  private void write(String name, Status status, Consumer<JsonObject> change) throws IOException {
    JsonObject json = Json.GSON.toJsonTree(status).getAsJsonObject();
    json.addProperty("host", name);
    json.addProperty("time", NOW.toString());
    change.accept(json);
    Files.writeString(directory.resolve(name + ".json"), Json.GSON.toJson(json));
  }

  private FleetReport read() throws IOException {
    return FleetReport.read(directory, NOW);
  }

  /** The hosts with what is said of each. */
  private List<String> states() throws IOException {
    return read().hosts().stream()
        .map(host -> host.name() + ": " + host.state() + ": " + host.reason())
        .toList();
  }

  private String page() throws IOException {
    var text = new StringWriter();
    FleetPage.write(read(), text);
    return text.toString();
  }

  private Document parsed() throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(page())));
  }

  private static List<String> texts(Document page, String element) {
    NodeList found = page.getElementsByTagName(element);
    return IntStream.range(0, found.getLength())
        .mapToObj(at -> found.item(at).getTextContent().strip())
        .toList();
  }

  @Test
  void shows_the_worst_host_first() throws IOException {
    write("a-ready", good());
    write("b-other", Statuses.of(next(kernel(OLD, ready("nic", "1"))), kernel(NEW, broken())));
    write("c-unsafe", Statuses.of(next(kernel(NEW, broken()))));
    write("d-worse", Statuses.of(next(kernel(NEW, broken())), kernel(OLD, broken())));
    write("e-none", Statuses.of(next(kernel(NEW))));
    Files.createFile(directory.resolve("f-down.json"));

    assertThat(states())
        .containsExactly(
            "d-worse: next boot not safe: kernel " + NEW + " boots next",
            "c-unsafe: next boot not safe: kernel " + NEW + " boots next",
            "f-down: unknown: empty",
            "b-other: another kernel not bootable: ",
            "e-none: no driver managed: ",
            "a-ready: bootable: ");
  }

  @Test
  void calls_no_host_bootable_that_does_not_say_what_boots_next() throws IOException {
    write("all", Statuses.of(running(kernel(NEW, ready("nic", "1")))));
    write("some", Statuses.of(running(kernel(NEW, ready("nic", "1"))), kernel(OLD, broken())));
    write("none", Statuses.of());

    assertThat(states())
        .containsExactly(
            "some: next boot not safe:"
                + " not known which kernel boots next, and not all are bootable",
            "all: unknown: not known which kernel boots next",
            "none: unknown: no kernel is named");
  }

  @ParameterizedTest
  @CsvSource({
    "-P1D, bootable: ''",
    "-P1DT1S, unknown: more than a day old",
    "PT10M, bootable: ''",
    "PT11M, unknown: its time is later than this page's: one of the clocks is wrong"
  })
  void trusts_a_status_for_a_day(Duration after, String expected) throws IOException {
    write("web1", good(), json -> json.addProperty("time", NOW.plus(after).toString()));

    assertThat(states()).containsExactly("web1: " + expected.replace("''", ""));
  }

  @Test
  void counts_an_old_status_that_was_bad_as_bad() throws IOException {
    write(
        "web1",
        Statuses.of(next(kernel(NEW, broken()))),
        json -> json.addProperty("time", "2020-01-01T00:00:00Z"));

    assertThat(read().hosts().get(0).state()).isEqualTo(FleetHost.State.UNSAFE);
  }

  @Test
  void believes_verdicts_and_not_what_contradicts_them() throws IOException {
    write(
        "liar",
        Statuses.of(next(kernel(NEW, broken()))),
        json -> {
          json.addProperty("bootable", true);
          json.getAsJsonArray("kernels").get(0).getAsJsonObject().addProperty("bootable", true);
        });
    write("part", good(), json -> json.addProperty("bootable", false));
    write("new-word", good(), json -> word(json).addProperty("verdict", "splendid"));

    assertThat(states())
        .containsExactly(
            "liar: next boot not safe: kernel " + NEW + " boots next",
            "new-word: next boot not safe: kernel " + NEW + " boots next",
            "part: another kernel not bootable: ");
  }

  private static JsonObject word(JsonObject status) {
    return firstKernel(status).getAsJsonArray("drivers").get(0).getAsJsonObject();
  }

  private static JsonObject firstKernel(JsonObject status) {
    return status.getAsJsonArray("kernels").get(0).getAsJsonObject();
  }

  @Test
  void needs_no_driver_that_a_kernel_can_do_without() throws IOException {
    write("web1", Statuses.of(next(kernel(NEW, optional(broken())))));

    assertThat(states()).containsExactly("web1: bootable: ");
  }

  @ParameterizedTest
  @CsvSource({"time", "bootable", "kernels"})
  void refuses_a_status_without_a_field(String field) throws IOException {
    write("web1", good(), json -> json.remove(field));

    assertThat(states())
        .containsExactly(
            "web1: unknown: not what status --json prints: the field " + field + " is missing");
  }

  @ParameterizedTest
  @CsvSource({"release", "running", "nextBoot", "bootable", "drivers"})
  void refuses_a_kernel_without_a_field(String field) throws IOException {
    write("web1", good(), json -> firstKernel(json).remove(field));

    assertThat(states())
        .containsExactly(
            "web1: unknown: not what status --json prints: the field " + field + " is missing");
  }

  @ParameterizedTest
  @CsvSource({"driver", "verdict", "required"})
  void refuses_a_verdict_without_a_field(String field) throws IOException {
    write("web1", good(), json -> word(json).remove(field));

    assertThat(states())
        .containsExactly(
            "web1: unknown: not what status --json prints: the field " + field + " is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | empty",
        "'null' | empty",
        "'[]' | not one JSON object as status --json prints it",
        "'{\"kernels\": 1}' | not one JSON object as status --json prints it",
        "'{} {}' | not one JSON object as status --json prints it",
        "'ssh: connect to host' | not one JSON object as status --json prints it",
        "'{}' | not what status --json prints: the field time is missing",
        "'{\"kernels\": [null]}' | not what status --json prints",
        "'{\"error\": {\"message\": \"no\"}}' | the command failed there: no"
      })
  void says_why_a_file_cannot_be_used(String text, String reason) throws IOException {
    Files.writeString(directory.resolve("web1.json"), text);

    assertThat(states()).singleElement().asString().startsWith("web1: unknown: " + reason);
    assertThat(read().unusable()).isEqualTo(1);
  }

  @Test
  void reads_no_more_than_a_megabyte_of_a_file() throws IOException {
    write("web1", good(), json -> json.addProperty("more", "x".repeat(FleetFile.MAX_BYTES)));

    assertThat(states()).containsExactly("web1: unknown: longer than 1048576 bytes");
  }

  @Test
  void opens_nothing_but_files() throws Exception {
    Files.createDirectory(directory.resolve("web1.json"));
    assertThat(new ProcessBuilder("mkfifo", directory + "/web2.json").start().waitFor()).isZero();
    Files.createSymbolicLink(directory.resolve("web3.json"), Path.of("gone"));

    assertThat(states())
        .containsExactly(
            "web1: unknown: not a regular file",
            "web2: unknown: not a regular file",
            "web3: unknown: not a regular file");
  }

  @Test
  void names_what_is_not_of_a_host() throws Exception {
    write("web1", good());
    Files.createFile(directory.resolve("README"));
    Files.createFile(directory.resolve(".web2.json"));

    assertThat(read().ignored()).containsExactly(".web2.json", "README");
    assertThat(texts(parsed(), "p"))
        .contains("Ignored, as the name does not end in .json: 2 files (.web2.json, README).");
  }

  @Test
  void limits_the_verdicts_of_all_hosts_together() throws IOException {
    Status.KernelStatus[] kernels =
        IntStream.range(0, 6000)
            .mapToObj(number -> next(kernel(number + "-1")))
            .toArray(Status.KernelStatus[]::new);
    for (int host = 10; host < 27; host++) {
      write("web" + host, Statuses.of(kernels));
    }

    assertThat(states())
        .startsWith("web26: unknown: not shown: the files before it have 100000 verdicts");
  }

  @Test
  void counts_what_prevents_kernels_from_being_bootable() throws Exception {
    write("web1", Statuses.of(next(kernel(NEW, broken(), ready("disk", "2")))));
    write("web2", Statuses.of(next(kernel(NEW, broken(), ready("disk", "2")))));

    assertThat(texts(parsed(), "tr").get(1).split("\n"))
        .containsExactly("2", NEW, "nic 1", "build-failed");
    assertThat(texts(parsed(), "p")).startsWith("next boot not safe: 2.");
  }

  @Test
  void shows_hostile_text_as_text() throws Exception {
    write(
        "web1",
        Statuses.of(
            next(kernel(HOSTILE, driver(HOSTILE, HOSTILE, Verdict.UNKNOWN, HOSTILE, null, null)))),
        json -> json.addProperty("host", HOSTILE));

    Document page = parsed();

    assertThat(texts(page, "script")).hasSize(1);
    assertThat(texts(page, "small")).anyMatch(text -> text.contains("</td></tr><script>alert(1)"));
  }

  @Test
  void lets_a_browser_run_its_own_script_alone() throws Exception {
    write("web1", good());
    String script = texts(parsed(), "script").get(0);

    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));

    assertThat(page())
        .contains(
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"
                + Base64.getEncoder().encodeToString(digest)
                + "'")
        // As it stands between the tags: HTML does not decode what is in there.
        .contains("<script>" + script + "</script>");
  }
}
