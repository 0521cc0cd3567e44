package org.kmodkeeper.api;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.commons.io.IOUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.host.UserGroups;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.reconcile.Bell;
import org.kmodkeeper.reconcile.Keeper;
import org.kmodkeeper.reconcile.Loop;
import org.kmodkeeper.systemd.Event;
import org.kmodkeeper.varlink.Call;
import org.kmodkeeper.varlink.Handler;
import org.kmodkeeper.varlink.Interface;
import org.kmodkeeper.varlink.Peer;
import org.kmodkeeper.varlink.Product;
import org.kmodkeeper.varlink.VarlinkException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Answers the calls of the interface {@code org.kmodkeeper}. */
public final class Service {
  /** The interface's name. */
  public static final String NAME = "org.kmodkeeper";

  /** What the service tells of itself. */
  public static final Product PRODUCT =
      new Product("kmodkeeper", "kmodkeeper", Version.TEXT, "man:kmodkeeper(1)");

  private static final Logger log = LoggerFactory.getLogger("org.kmodkeeper");

  private static final Duration WATCH_PULSE = Duration.ofSeconds(1);

  /** Reads the configuration again. */
  @FunctionalInterface
  public interface Reloading {
    /**
     * When this returns, the daemon works by what is on disk now.
     *
     * @throws ConfigurationException if that cannot be used; the last good one stays
     */
    void reload() throws ConfigurationException;
  }

  private final Keeper keeper;
  private final Loop loop;
  private final Bell bell;
  private final Watch watch;
  private final LogLimit logLimit = new LogLimit(Duration.ofMinutes(1), System::nanoTime);

  /** An explanation reads and decompresses much; of those that are asked for at once, one. */
  private final Lock explaining = new ReentrantLock();

  private final Reloading reloading;
  private final Supplier<@Nullable String> group;

  /**
   * @param group whose members may change things besides root, or null for root alone
   */
  public Service(
      Keeper keeper, Loop loop, Bell bell, Reloading reloading, Supplier<@Nullable String> group) {
    this.keeper = keeper;
    this.loop = loop;
    this.bell = bell;
    this.watch = new Watch(bell, WATCH_PULSE, this::status);
    this.reloading = reloading;
    this.group = group;
  }

  /** The methods with their description. */
  public Interface describe() {
    return new Interface(
        NAME,
        resource(NAME + ".varlink"),
        Map.of(
            "Notify", this::look,
            "Status", (call, replies) -> status(),
            "Watch", watch::answer,
            "History", (call, replies) -> history(call),
            "Explain", (call, replies) -> explain(call),
            "NextBoot", (call, replies) -> nextBoot(),
            "Release", this::release,
            "Rebuild", this::rebuild,
            "Reload", this::reload));
  }

  private JsonObject look(Call call, Handler.Replies replies) throws VarlinkException {
    requirePrivilege(call);
    Notification notification = Notification.from(call.parameters());
    Peer peer = call.peer();
    called(Event.NOTIFIED, log.atInfo(), peer)
        .log(
            "notified by {} (pid {}, uid {}): installed {}, removed {}, changed {}",
            notification.origin(),
            peer.pid(),
            peer.uid(),
            notification.installed(),
            notification.removed(),
            notification.changed());
    if (call.style() == Call.Style.ONEWAY) {
      loop.lookAgainWhenQuiet();
    } else {
      loop.lookAgain();
    }
    return new JsonObject();
  }

  private Object status() throws VarlinkException, InterruptedException {
    return fromDisk("status", () -> Status.of(keeper.look(), loop.isBusy()));
  }

  private Object nextBoot() throws VarlinkException, InterruptedException {
    return fromDisk("nextBoot", () -> NextBoot.of(keeper));
  }

  private Object release(Call call, Handler.Replies replies)
      throws VarlinkException, InterruptedException {
    requirePrivilege(call);
    Peer peer = call.peer();
    called(Event.RELEASE_ASKED, log.atInfo(), peer)
        .log("release of the next boot asked for by pid {}, uid {}", peer.pid(), peer.uid());
    Object answer =
        fromDisk("kernel", () -> keeper.releaseGuard().map(Kernel::release).orElse(null));
    bell.ring();
    return answer;
  }

  /** What has to be read from disk. */
  private interface Reading {
    @Nullable Object read() throws IOException, InterruptedException;
  }

  private Map<String, @Nullable Object> fromDisk(String name, Reading reading)
      throws VarlinkException, InterruptedException {
    try {
      return Collections.singletonMap(name, reading.read());
    } catch (IOException unreadable) {
      if (logLimit.admits(name)) {
        log.error("the {} could not be read from disk", name, unreadable);
      }
      var reason = new JsonObject();
      reason.addProperty("reason", unreadable.toString());
      throw new VarlinkException(NAME + ".HostUnreadable", reason);
    }
  }

  private JsonObject rebuild(Call call, Handler.Replies replies)
      throws VarlinkException, IOException, InterruptedException {
    requirePrivilege(call);
    @Nullable String kernel = Parameters.text(call.parameters(), "kernel");
    @Nullable String driver = Parameters.text(call.parameters(), "driver");
    int scheduled = keeper.demand(kernel, driver);
    if (scheduled == 0) {
      throw new VarlinkException(NAME + ".NotFound", call.parameters());
    }
    Peer peer = call.peer();
    called(Event.REBUILD_ASKED, log.atInfo(), peer)
        .log("rebuild of {} asked for by pid {}, uid {}", scheduled, peer.pid(), peer.uid());
    loop.lookAgain();
    var answer = new JsonObject();
    answer.addProperty("scheduled", scheduled);
    return answer;
  }

  private JsonObject reload(Call call, Handler.Replies replies) throws VarlinkException {
    requirePrivilege(call);
    try {
      reloading.reload();
    } catch (ConfigurationException bad) {
      var problems = new JsonObject();
      problems.add("problems", Json.GSON.toJsonTree(List.copyOf(bad.problems())));
      throw new VarlinkException(NAME + ".ConfigurationRefused", problems);
    }
    return new JsonObject();
  }

  private Object explain(Call call) throws VarlinkException, InterruptedException {
    @Nullable String kernel = Parameters.text(call.parameters(), "kernel");
    @Nullable String driver = Parameters.text(call.parameters(), "driver");
    if (kernel == null) {
      throw VarlinkException.invalidParameter("kernel");
    }
    explaining.lockInterruptibly();
    Map<String, @Nullable Object> answer;
    try {
      answer =
          fromDisk("explanations", () -> Explanations.of(keeper, kernel, driver).explanations());
    } finally {
      explaining.unlock();
    }
    if (answer.get("explanations") instanceof List<?> found && found.isEmpty()) {
      throw new VarlinkException(NAME + ".NotFound", call.parameters());
    }
    return answer;
  }

  private Object history(Call call) throws VarlinkException {
    return Map.of("entries", History.of(keeper, History.Request.from(call.parameters())));
  }

  private static LoggingEventBuilder called(Event event, LoggingEventBuilder line, Peer peer) {
    return event
        .in(line)
        .addKeyValue("CALLER_PID", peer.pid())
        .addKeyValue("CALLER_UID", peer.uid());
  }

  /** Whether the caller may change things: root, and the members of the configured group. */
  public boolean isPrivileged(Peer peer) {
    @Nullable String allowed = group.get();
    return peer.uid() == 0
        || (allowed != null && UserGroups.isMember(peer.uid(), peer.gid(), allowed));
  }

  private void requirePrivilege(Call call) throws VarlinkException {
    Peer peer = call.peer();
    if (!isPrivileged(peer)) {
      if (logLimit.admits(peer.uid())) {
        called(Event.CALLER_REFUSED, log.atWarn(), peer)
            .log("{} refused to pid {}, uid {}", call.method(), peer.pid(), peer.uid());
      }
      throw VarlinkException.permissionDenied();
    }
  }

  private static String resource(String name) {
    try (InputStream stream = Service.class.getResourceAsStream(name)) {
      return IOUtils.toString(Objects.requireNonNull(stream, name), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
