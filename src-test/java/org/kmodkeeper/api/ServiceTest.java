package org.kmodkeeper.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.reconcile.ReconcileLoop;
import org.kmodkeeper.reconcile.Reconciler;
import org.kmodkeeper.varlink.Call;
import org.kmodkeeper.varlink.Handler;
import org.kmodkeeper.varlink.Interface;
import org.kmodkeeper.varlink.Peer;
import org.kmodkeeper.varlink.VarlinkException;

/** The handlers, called as the socket would; one kernel, one driver without headers. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class ServiceTest {
  private static final String KERNEL = "6.1.0-1.el9.x86_64";
  private static final Peer ROOT = new Peer(1, 0, 0);
  private static final Peer STRANGER = new Peer(1, 54321, 54321);

  /** Of no use but for its primary group, which is root's. */
  private static final Peer MEMBER = new Peer(1, 54321, 0);

  private final InterfaceFile file = InterfaceFile.read();
  private final ReconcileLoop loop;
  private final Interface offered;
  private final Path driver;
  private final Configuration configuration;
  private final Path settings;
  private final Reconciler reconciler;

  ServiceTest(@TempDir Path root) throws IOException, ConfigurationException {
    var paths = new HostPaths(root);
    Path tree = Files.createDirectories(paths.modules().resolve(KERNEL));
    Files.createFile(tree.resolve("vmlinuz"));
    Files.createFile(tree.resolve("modules.order"));
    Files.createDirectories(paths.sources().resolve("nic-1"));
    Path drivers = Files.createDirectories(paths.configuration().resolve("drivers.d"));
    Files.createFile(drivers.resolve("nic.conf"));
    Clock clock = Clock.systemUTC();
    settings = paths.configuration().resolve("kmodkeeper.conf");
    configuration = new Configuration(paths.configuration());
    reconciler =
        Reconciler.open(paths, new CommandRunner(SearchPath.SYSTEM), configuration.read(), clock);
    loop = new ReconcileLoop(reconciler, new PackageTransaction(paths), clock, Heartbeat.NONE);
    this.driver = drivers.resolve("nic.conf");
    offered =
        new Service(
                reconciler,
                loop,
                () -> {
                  reconciler.reconfigure(configuration.read());
                  loop.lookAgain();
                })
            .describe();
  }

  @Test
  void serves_what_the_interface_file_promises() {
    assertThat(offered.methods().keySet()).isEqualTo(file.methods());
  }

  @Test
  void lets_everyone_read() throws Exception {
    JsonObject answer = call("Status", STRANGER, new JsonObject());

    assertThat(answer.keySet()).containsExactly("status");
  }

  @Test
  void sends_all_fields_of_a_status_except_null_ones() throws Exception {
    JsonObject status = call("Status", STRANGER, new JsonObject()).get("status").getAsJsonObject();
    JsonObject kernel = only(status.get("kernels"));
    JsonObject driver = only(kernel.get("drivers"));

    assertFields(status, "HostStatus");
    assertFields(kernel, "Kernel");
    assertFields(driver, "Driver", "path", "remedy", "outcome", "log", "retryAt");
  }

  @Test
  void explains_a_verdict_to_everyone() throws Exception {
    JsonObject explanation =
        only(call("Explain", STRANGER, named("kernel", KERNEL)).get("explanations"));

    assertFields(
        explanation,
        "Explanation",
        "pinned",
        "headers",
        "excluded",
        "stored",
        "signaturesEnforcedBy",
        "vermagic");
    assertThat(explanation.get("driver").getAsJsonObject().get("verdict").getAsString())
        .isEqualTo("no-headers");
    assertThat(explanation.get("source").getAsString()).endsWith("/usr/src/nic-1");
    assertFields(
        only(explanation.get("modules")), "Module", "resolved", "ours", "fit", "initramfs");
  }

  @Test
  void explains_only_one_driver_if_it_is_named() {
    JsonObject unknown = named("kernel", KERNEL);
    unknown.addProperty("driver", "none");

    assertThatThrownBy(() -> call("Explain", STRANGER, unknown))
        .hasMessage("org.kmodkeeper.NotFound " + unknown);
  }

  @Test
  void refuses_to_explain_a_kernel_that_is_not_there() {
    assertThatThrownBy(() -> call("Explain", STRANGER, named("kernel", "9.9")))
        .hasMessage("org.kmodkeeper.NotFound " + named("kernel", "9.9"));
    assertThatThrownBy(() -> call("Explain", STRANGER, new JsonObject()))
        .hasMessage("org.varlink.service.InvalidParameter {\"parameter\":\"kernel\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Notify", "Rebuild", "Reload"})
  void lets_a_stranger_change_nothing(String method) {
    assertThatThrownBy(() -> call(method, STRANGER, new JsonObject()))
        .isInstanceOf(VarlinkException.class)
        .hasMessage("org.varlink.service.PermissionDenied {}");
    assertThat(loop.isBusy()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Notify", "Rebuild", "Reload"})
  void lets_root_change_things(String method) throws Exception {
    call(method, ROOT, new JsonObject());

    assertThat(loop.isBusy()).isTrue();
  }

  private void group(String name) throws IOException, ConfigurationException {
    Files.writeString(settings, "[main]\ngroup = " + name + "\n");
    reconciler.reconfigure(configuration.read());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Notify", "Rebuild", "Reload"})
  void lets_a_member_of_the_configured_group_change_things(String method) throws Exception {
    group("root");

    call(method, MEMBER, new JsonObject());

    assertThat(loop.isBusy()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"daemon", "no-such-group"})
  void lets_no_member_of_another_group_change_things(String other) throws Exception {
    group(other);

    assertThatThrownBy(() -> call("Notify", MEMBER, new JsonObject()))
        .isInstanceOf(VarlinkException.class);
  }

  @Test
  void asks_for_no_pass_after_a_bad_notification() {
    var parameters = new JsonObject();
    parameters.addProperty("installed", "6.1");

    assertThatThrownBy(() -> call("Notify", ROOT, parameters)).isInstanceOf(VarlinkException.class);
    assertThat(loop.isBusy()).isFalse();
  }

  @Test
  void refuses_an_invalid_configuration_with_every_problem() throws Exception {
    Files.writeString(driver, "[driver]\nrequired = maybe\nnonsense = 1\n");

    assertThatThrownBy(() -> call("Reload", ROOT, new JsonObject()))
        .hasMessageStartingWith("org.kmodkeeper.ConfigurationRefused ")
        .hasMessageContaining("nic.conf:2: required = ")
        .hasMessageContaining("nic.conf:3: unknown key");
    assertThat(file.fields("error", "ConfigurationRefused")).containsOnlyKeys("problems");
  }

  @ParameterizedTest
  @EnumSource(
      value = Call.Style.class,
      names = {"ONCE", "ONEWAY"})
  void asks_for_a_pass_however_a_notification_is_called(Call.Style style) throws Exception {
    handle("Notify", new Call("Notify", new JsonObject(), style, ROOT), new Listener());

    assertThat(loop.isBusy()).isTrue();
  }

  @Test
  void counts_what_a_rebuild_will_build() throws Exception {
    assertThat(call("Rebuild", ROOT, named("kernel", KERNEL))).hasToString("{\"scheduled\":1}");
  }

  @ParameterizedTest
  @CsvSource({"kernel, 9.9", "driver, none"})
  void refuses_to_rebuild_the_unknown_and_names_it(String key, String value) {
    assertThatThrownBy(() -> call("Rebuild", ROOT, named(key, value)))
        .hasMessage("org.kmodkeeper.NotFound " + named(key, value));
    assertThat(file.fields("error", "NotFound")).containsKey(key);
  }

  @Test
  void refuses_to_watch_for_a_call_without_more() {
    assertThatThrownBy(() -> call("Watch", STRANGER, new JsonObject()))
        .hasMessage("org.varlink.service.ExpectedMore {}");
  }

  @Test
  void shows_a_watcher_the_status_at_once_and_ends_with_it() throws Exception {
    var caller = new Listener();
    reconciler.pass(() -> false);

    handle("Watch", new Call("Watch", new JsonObject(), Call.Style.MORE, STRANGER), caller);

    assertThat(caller.heard).hasSize(1).allMatch(reply -> reply.has("status"));
  }

  private JsonObject call(String method, Peer peer, JsonObject parameters) throws Exception {
    return handle(method, new Call(method, parameters, Call.Style.ONCE, peer), new Listener());
  }

  private JsonObject handle(String method, Call call, Listener listener) throws Exception {
    return json(Objects.requireNonNull(offered.methods().get(method)).handle(call, listener));
  }

  private void assertFields(JsonObject object, String type, String... without) {
    Set<String> declared = new HashSet<>(file.fields("type", type).keySet());
    assertThat(declared).containsAll(List.of(without));
    declared.removeAll(List.of(without));
    assertThat(object.keySet()).isEqualTo(declared);
  }

  /** As it travels. */
  private static JsonObject json(Object parameters) {
    return Json.GSON.toJsonTree(parameters).getAsJsonObject();
  }

  private static JsonObject named(String key, String value) {
    var parameters = new JsonObject();
    parameters.addProperty(key, value);
    return parameters;
  }

  private static JsonObject only(@Nullable JsonElement array) {
    assertThat(array).isNotNull();
    return Objects.requireNonNull(array).getAsJsonArray().get(0).getAsJsonObject();
  }

  /** A caller that goes away when it has heard something. */
  private static final class Listener implements Handler.Replies {
    private final List<JsonObject> heard = new ArrayList<>();

    @Override
    public void next(Object parameters) {
      heard.add(json(parameters));
    }

    @Override
    public boolean abandoned() {
      return !heard.isEmpty();
    }
  }
}
