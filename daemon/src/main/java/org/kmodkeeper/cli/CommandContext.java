package org.kmodkeeper.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Client;
import org.kmodkeeper.api.DiskView;
import org.kmodkeeper.api.Notification;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.api.View;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.report.Terminal;
import org.kmodkeeper.varlink.VarlinkException;

/** What a command works on: the daemon if it runs, else the disk itself; and where it prints. */
public record CommandContext(
    HostPaths paths,
    SearchPath searchPath,
    Map<String, String> environment,
    Clock clock,
    PrintStream out,
    PrintStream err) {
  private static final int STDOUT = 1;
  private static final int STDERR = 2;

  /** What can be done with the daemon, or read from it or the disk. */
  public interface ViewCall<V extends View, T> {
    T with(V view)
        throws IOException, VarlinkException, InterruptedException, CommandFailedException;
  }

  /** A status and whose look it is. */
  record Seen(View.Provider source, Status status) {}

  /** Where results go. */
  Terminal screen() {
    return out instanceof JsonLines.Printed
        ? Terminal.of(out, HostPaths.NOWHERE, environment)
        : Terminal.of(out, paths.ownDescriptor(STDOUT), environment);
  }

  /** The same with another standard output. */
  CommandContext printingTo(PrintStream stream) {
    return new CommandContext(paths, searchPath, environment, clock, stream, err);
  }

  /** Where progress goes. */
  Terminal errorScreen() {
    return Terminal.of(err, paths.ownDescriptor(STDERR), environment);
  }

  private @Nullable Client connect() {
    try {
      return Client.connect(paths.socket());
    } catch (IOException down) {
      return null;
    }
  }

  /** Talks to the daemon; fails with DAEMON_DOWN if it does not run. */
  <T> T daemon(ViewCall<Client, T> use) throws CommandFailedException {
    @Nullable Client connected = connect();
    if (connected == null) {
      throw ExitStatus.DAEMON_DOWN.because(
          "the daemon does not run (" + paths.socket() + "); start it: systemctl start kmodkeeper");
    }
    return use(connected, use);
  }

  /** Reads through the daemon or, if it does not run, from disk, and says so. */
  <T> T read(ViewCall<View, T> use) throws CommandFailedException {
    @Nullable Client connected = connect();
    return use(connected == null ? disk() : connected, use);
  }

  /** Reads the whole status. */
  Seen look() throws CommandFailedException {
    return read(view -> new Seen(view.source(), view.status()));
  }

  private static <V extends View, T> T use(V opened, ViewCall<? super V, T> use)
      throws CommandFailedException {
    try (V view = opened) {
      return use.with(view);
    } catch (SocketTimeoutException silent) {
      throw ExitStatus.FAILURE.because(
          "the daemon does not answer (" + silent.getMessage() + "): journalctl -u kmodkeeper");
    } catch (ProtocolException foreign) {
      throw ExitStatus.FAILURE.because(String.valueOf(foreign.getMessage()));
    } catch (VarlinkException refusal) {
      throw failure(refusal);
    } catch (IOException broken) {
      throw ExitStatus.FAILURE.because(
          switch (opened.source()) {
            case DAEMON -> "the connection to the daemon was lost: " + broken.getMessage();
            case DISK -> "cannot read the disk: " + broken;
          });
    } catch (InterruptedException stop) {
      throw ExitStatus.FAILURE.because("interrupted");
    }
  }

  private static CommandFailedException failure(VarlinkException refusal) {
    return switch (refusal.error()) {
      case "org.varlink.service.PermissionDenied" ->
          ExitStatus.NOT_PERMITTED.because("only root may do this: use sudo");
      case "org.varlink.service.MethodNotFound" ->
          ExitStatus.FAILURE.because(
              "the running daemon is older than this command: systemctl restart kmodkeeper");
      case "org.kmodkeeper.NotFound" ->
          ExitStatus.NOT_FOUND.because(
              "nothing matches "
                  + refusal.parameters()
                  + "; 'kmodkeeper status' shows kernels and drivers");
      case "org.kmodkeeper.ConfigurationRefused" ->
          ExitStatus.CONFIGURATION.because(problems(refusal.parameters()));
      default -> ExitStatus.FAILURE.because("the daemon refused: " + refusal.getMessage());
    };
  }

  private static String problems(JsonObject parameters) {
    return parameters.getAsJsonArray("problems").asList().stream()
        .map(JsonElement::getAsString)
        .collect(Collectors.joining("\n"));
  }

  /** Has the daemon reload its configuration; whether one runs. */
  boolean reload() throws CommandFailedException {
    return ifRuns(Client::reload);
  }

  /** Tells the daemon that it should look again; whether one runs. */
  boolean tell(Notification what) throws CommandFailedException {
    return ifRuns(client -> client.tell(what));
  }

  /** What the daemon is asked to do. */
  private interface Order {
    void to(Client client) throws IOException, VarlinkException, InterruptedException;
  }

  private boolean ifRuns(Order order) throws CommandFailedException {
    @Nullable Client connected = connect();
    return connected != null
        && use(
            connected,
            client -> {
              order.to(client);
              return true;
            });
  }

  /** Fails unless the caller is root. */
  void requireRoot() throws CommandFailedException {
    try {
      Path self = paths.processes().resolve("self");
      if (Files.exists(self) && (Integer) Files.getAttribute(self, "unix:uid") != 0) {
        throw ExitStatus.NOT_PERMITTED.because("only root may do this: use sudo");
      }
    } catch (IOException unreadable) {
      throw ExitStatus.FAILURE.because("cannot determine the calling user: " + unreadable);
    }
  }

  /** The settings on disk. */
  Settings settings() throws CommandFailedException {
    try {
      return new Configuration(paths.configuration()).read();
    } catch (ConfigurationException bad) {
      throw ExitStatus.CONFIGURATION.because(String.valueOf(bad.getMessage()));
    }
  }

  CommandRunner runner() {
    return new CommandRunner(searchPath);
  }

  private View disk() throws CommandFailedException {
    err.println(
        "kmodkeeper: the daemon does not run, reading the disk instead; to start it: "
            + "systemctl start kmodkeeper");
    try {
      return DiskView.open(paths, runner(), settings(), clock);
    } catch (IOException unreadable) {
      throw ExitStatus.FAILURE.because("cannot read the disk: " + unreadable);
    }
  }
}
