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
import org.apache.commons.io.IOUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.host.UserGroups;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.reconcile.ReconcileLoop;
import org.kmodkeeper.reconcile.Reconciler;
import org.kmodkeeper.reconcile.StatusReader;
import org.kmodkeeper.systemd.MessageId;
import org.kmodkeeper.varlink.Call;
import org.kmodkeeper.varlink.Handler;
import org.kmodkeeper.varlink.Interface;
import org.kmodkeeper.varlink.Peer;
import org.kmodkeeper.varlink.ServiceInfo;
import org.kmodkeeper.varlink.VarlinkException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Answers the calls of the interface {@code org.kmodkeeper}. */
public final class Service {
  /** The interface's name. */
  public static final String NAME = "org.kmodkeeper";

  /** What the service tells of itself. */
  public static final ServiceInfo INFO =
      new ServiceInfo("kmodkeeper", "kmodkeeper", Version.TEXT, "man:kmodkeeper(1)");

  private static final Logger log = LoggerFactory.getLogger("org.kmodkeeper");

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

  private final Reconciler reconciler;
  private final StatusReader reader;
  private final ReconcileLoop loop;
  private final Watch watch;
  private final LogLimit logLimit = new LogLimit(Duration.ofMinutes(1), System::nanoTime);

  /** An explanation reads and decompresses much; of those that are asked for at once, one. */
  private final Lock explaining = new ReentrantLock();

  private final Reloading reloading;

  public Service(Reconciler reconciler, ReconcileLoop loop, Reloading reloading) {
    this.reconciler = reconciler;
    this.reader = reconciler.reader();
    this.loop = loop;
    this.watch = new Watch(reconciler.publisher(), loop::refresh);
    this.reloading = reloading;
  }

  /** The methods with their description. */
  public Interface describe() {
    return new Interface(
        NAME,
        resource(NAME + ".varlink"),
        Map.of(
            "Notify",
            privileged(this::notify),
            "Status",
            (call, replies) ->
                fromDisk(
                    "status",
                    () -> Status.of(reader.look(), loop.isBusy()).and(reconciler.offered())),
            "Watch",
            watch::answer,
            "History",
            (call, replies) ->
                Map.of("entries", History.of(reader, History.Request.from(call.parameters()))),
            "Preflight",
            (call, replies) -> fromDisk("answers", reconciler::offered),
            "Explain",
            (call, replies) -> explain(call),
            "NextBoot",
            (call, replies) -> fromDisk("nextBoot", () -> NextBoot.of(reader)),
            "Release",
            privileged(this::release),
            "Rebuild",
            privileged(this::rebuild),
            "Reload",
            privileged(this::reload)));
  }

  private JsonObject notify(Call call, Handler.Replies replies) throws VarlinkException {
    Notification notification = Notification.from(call.parameters());
    Peer peer = call.peer();
    called(MessageId.NOTIFIED, log.atInfo(), peer)
        .log(
            "notified by {} (pid {}, uid {}): installed {}, removed {}, changed {}",
            notification.origin(),
            peer.pid(),
            peer.uid(),
            notification.installed(),
            notification.removed(),
            notification.changed());
    loop.changed();
    return new JsonObject();
  }

  private Object release(Call call, Handler.Replies replies)
      throws VarlinkException, InterruptedException {
    Peer peer = call.peer();
    called(MessageId.RELEASE_ASKED, log.atInfo(), peer)
        .log("release of the next boot requested by pid {}, uid {}", peer.pid(), peer.uid());
    Object answer =
        fromDisk("kernel", () -> reader.releaseGuard().map(Kernel::release).orElse(null));
    loop.lookAgain();
    return answer;
  }

  /** What has to be read from disk. */
  private interface DiskRead {
    @Nullable Object read() throws IOException, InterruptedException;
  }

  private Map<String, @Nullable Object> fromDisk(String name, DiskRead reading)
      throws VarlinkException, InterruptedException {
    try {
      return Collections.singletonMap(name, reading.read());
    } catch (IOException unreadable) {
      if (logLimit.admits(name)) {
        log.error("cannot read the {} from disk", name, unreadable);
      }
      throw Watch.unreadable(unreadable.toString());
    }
  }

  private JsonObject rebuild(Call call, Handler.Replies replies)
      throws VarlinkException, IOException, InterruptedException {
    @Nullable String kernel = Parameters.text(call.parameters(), "kernel");
    @Nullable String driver = Parameters.text(call.parameters(), "driver");
    int scheduled = reconciler.requestRebuild(kernel, driver);
    if (scheduled == 0) {
      throw new VarlinkException(NAME + ".NotFound", call.parameters());
    }
    Peer peer = call.peer();
    called(MessageId.REBUILD_ASKED, log.atInfo(), peer)
        .log("rebuild of {} requested by pid {}, uid {}", scheduled, peer.pid(), peer.uid());
    loop.lookAgain();
    var answer = new JsonObject();
    answer.addProperty("scheduled", scheduled);
    return answer;
  }

  private JsonObject reload(Call call, Handler.Replies replies) throws VarlinkException {
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
      answer = fromDisk("explanations", () -> Explanation.of(reader, kernel, driver));
    } finally {
      explaining.unlock();
    }
    if (answer.get("explanations") instanceof List<?> found && found.isEmpty()) {
      throw new VarlinkException(NAME + ".NotFound", call.parameters());
    }
    return answer;
  }

  private static LoggingEventBuilder called(MessageId event, LoggingEventBuilder line, Peer peer) {
    return event
        .in(line)
        .addKeyValue("CALLER_PID", peer.pid())
        .addKeyValue("CALLER_UID", peer.uid());
  }

  /** Whether the caller may change things: root, and the members of the configured group. */
  public boolean isPrivileged(Peer peer) {
    @Nullable String allowed = reconciler.settings().group();
    return peer.uid() == 0
        || (allowed != null && UserGroups.isMember(peer.uid(), peer.gid(), allowed));
  }

  /** The method, refused to whoever may only read. */
  private Handler privileged(Handler method) {
    return (call, replies) -> {
      Peer peer = call.peer();
      if (isPrivileged(peer)) {
        return method.handle(call, replies);
      }
      if (logLimit.admits(peer.uid())) {
        called(MessageId.CALLER_REFUSED, log.atWarn(), peer)
            .log("{} refused to pid {}, uid {}", call.method(), peer.pid(), peer.uid());
      }
      throw VarlinkException.permissionDenied();
    };
  }

  private static String resource(String name) {
    try (InputStream stream = Service.class.getResourceAsStream(name)) {
      return IOUtils.toString(Objects.requireNonNull(stream, name), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
