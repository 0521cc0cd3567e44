package org.kmodkeeper.api;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.json.UnknownWordException;
import org.kmodkeeper.varlink.VarlinkClient;
import org.kmodkeeper.varlink.VarlinkException;

/** The interface {@code org.kmodkeeper} as its callers see it. */
public final class Client implements View {
  /** Longer than the daemon gives one look at the host, which a busy one can take minutes for. */
  private static final Duration CALL_TIMEOUT = Duration.ofMinutes(4);

  private final VarlinkClient varlink;

  private Client(VarlinkClient varlink) {
    this.varlink = varlink;
  }

  /**
   * Connects to the daemon.
   *
   * @throws IOException if it does not run
   */
  public static Client connect(Path socket) throws IOException {
    return new Client(VarlinkClient.connect(socket));
  }

  @Override
  public Provider source() {
    return Provider.DAEMON;
  }

  @Override
  public Status status() throws IOException, VarlinkException {
    return read(call("Status", new JsonObject()));
  }

  /** Begins to watch; {@link #next} gives the status now and after each change. */
  public void watch() throws IOException {
    varlink.callMore(Service.NAME + ".Watch", new JsonObject());
  }

  /** The next status; SocketTimeoutException if none came in time. */
  public Status next(Duration limit) throws IOException, VarlinkException {
    return read(varlink.receive(limit));
  }

  /** The next status, however long it takes to come. */
  public Status next() throws IOException, VarlinkException {
    return next(Duration.ofDays(365));
  }

  public void tell(Notification notification) throws IOException, VarlinkException {
    call("Notify", notification.toJson());
  }

  /** Asks for builds; returns how many are scheduled. */
  public int rebuild(@Nullable String kernel, @Nullable String driver)
      throws IOException, VarlinkException {
    return call("Rebuild", cells(kernel, driver)).get("scheduled").getAsInt();
  }

  /**
   * Has the daemon read its configuration again; when this returns it works by it.
   *
   * @throws VarlinkException if the configuration cannot be used, among others
   */
  public void reload() throws IOException, VarlinkException {
    call("Reload", new JsonObject());
  }

  @Override
  public History history(History.Request request) throws IOException, VarlinkException {
    return parse(call("History", request.toJson()), History.class);
  }

  @Override
  public List<Explanation> explain(String kernel, @Nullable String driver)
      throws IOException, VarlinkException {
    JsonObject answer = call("Explain", cells(kernel, driver));
    return List.of(parse(answer.get("explanations"), Explanation[].class));
  }

  @Override
  public NextBoot nextBoot() throws IOException, VarlinkException {
    JsonObject answer = call("NextBoot", new JsonObject());
    return parse(answer.get("nextBoot"), NextBoot.class);
  }

  @Override
  public Optional<String> release() throws IOException, VarlinkException {
    // The daemon leaves out what is null.
    @Nullable JsonElement kernel = call("Release", new JsonObject()).get("kernel");
    return kernel == null || kernel.isJsonNull()
        ? Optional.empty()
        : Optional.of(kernel.getAsString());
  }

  private JsonObject call(String method, JsonObject parameters)
      throws IOException, VarlinkException {
    return varlink.call(Service.NAME + "." + method, parameters, CALL_TIMEOUT);
  }

  private static JsonObject cells(@Nullable String kernel, @Nullable String driver) {
    var parameters = new JsonObject();
    parameters.addProperty("kernel", kernel);
    parameters.addProperty("driver", driver);
    return parameters;
  }

  private static Status read(JsonObject answer) throws IOException {
    return parse(answer.get("status"), Status.class);
  }

  private static <T> T parse(JsonElement answer, Class<T> kind) throws IOException {
    try {
      return Objects.requireNonNull(Json.GSON.fromJson(answer, kind));
    } catch (UnknownWordException foreign) {
      throw new ProtocolException(
          "the running daemon and this command have different versions ("
              + foreign.getMessage()
              + "): systemctl restart kmodkeeper");
    } catch (RuntimeException strange) {
      // JsonParseException, or whatever Gson makes of a constructor that refuses its arguments.
      throw new IOException(
          "the daemon's answer is not a valid "
              + kind.getSimpleName().toLowerCase(Locale.ROOT).replace("[]", ""),
          strange);
    }
  }

  @Override
  public void close() throws IOException {
    varlink.close();
  }
}
