package org.kmodkeeper.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Client;
import org.kmodkeeper.api.DiskStatus;
import org.kmodkeeper.api.History;
import org.kmodkeeper.api.NextBoot;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.varlink.VarlinkException;

/** What a command works on: the daemon if it runs, else the disk itself; and where it prints. */
record Host(HostPaths paths, SearchPath searchPath, PrintStream out, PrintStream err) {
  /** What can be done with the daemon. */
  interface Use<T> {
    T with(Client client) throws IOException, VarlinkException, Failure;
  }

  /** Whose look a status is. */
  enum Source {
    DAEMON,
    DISK
  }

  /** A status and whose look it is. */
  record Seen(Source source, Status status) {}

  private Path socket() {
    return paths.socket();
  }

  private @Nullable Client connect() {
    try {
      return Client.connect(socket());
    } catch (IOException down) {
      return null;
    }
  }

  /** Talks to the daemon; fails with DAEMON_DOWN if it does not run. */
  <T> T daemon(Use<T> use) throws Failure {
    @Nullable Client connected = connect();
    if (connected == null) {
      throw new Failure(
          ExitStatus.DAEMON_DOWN,
          "the daemon does not run (" + socket() + "); start it: systemctl start kmodkeeper");
    }
    return use(connected, use);
  }

  private static <T> T use(Client connected, Use<T> use) throws Failure {
    try (Client client = connected) {
      return use.with(client);
    } catch (SocketTimeoutException silent) {
      throw new Failure(
          ExitStatus.FAILURE,
          "the daemon gives no answer (" + silent.getMessage() + "): journalctl -u kmodkeeper");
    } catch (VarlinkException refusal) {
      throw failure(refusal);
    } catch (IOException broken) {
      throw new Failure(
          ExitStatus.FAILURE, "the connection to the daemon broke: " + broken.getMessage());
    }
  }

  private static Failure failure(VarlinkException refusal) {
    return switch (refusal.error()) {
      case "org.varlink.service.PermissionDenied" ->
          new Failure(ExitStatus.NOT_PERMITTED, "only root may do this: try sudo");
      case "org.kmodkeeper.NotFound" ->
          new Failure(
              ExitStatus.NOT_FOUND,
              "nothing fits "
                  + refusal.parameters()
                  + "; 'kmodkeeper status' shows kernels and drivers");
      case "org.kmodkeeper.ConfigurationRefused" ->
          new Failure(ExitStatus.CONFIGURATION, problems(refusal.parameters()));
      default -> new Failure(ExitStatus.FAILURE, "the daemon refused: " + refusal.getMessage());
    };
  }

  private static String problems(JsonObject parameters) {
    return parameters.getAsJsonArray("problems").asList().stream()
        .map(JsonElement::getAsString)
        .collect(Collectors.joining("\n"));
  }

  /** Whether a daemon works by a configuration that was just changed; none need run. */
  enum Reload {
    DONE,
    NO_DAEMON
  }

  /** Has the daemon, if it runs, read its configuration again. */
  Reload reload() throws Failure {
    @Nullable Client connected = connect();
    if (connected == null) {
      return Reload.NO_DAEMON;
    }
    return use(
        connected,
        client -> {
          client.reload();
          return Reload.DONE;
        });
  }

  /** Looks through the daemon; if it does not run, says so and reads the disk. */
  Seen look() throws Failure {
    @Nullable Client connected = connect();
    if (connected != null) {
      return new Seen(Source.DAEMON, use(connected, Client::status));
    }
    return new Seen(Source.DISK, disk(DiskStatus::read));
  }

  /** What boots next, from the daemon or from the disk itself. */
  NextBoot nextBoot() throws Failure {
    @Nullable Client connected = connect();
    return connected != null ? use(connected, Client::nextBoot) : disk(DiskStatus::nextBoot);
  }

  /** Ends a hold of the default, through the daemon or, if it does not run, by itself. */
  Optional<String> release() throws Failure {
    @Nullable Client connected = connect();
    return connected != null ? use(connected, Client::release) : disk(DiskStatus::release);
  }

  /** What happened, from the daemon or, if it does not run, from the ledger on disk. */
  History history(History.Request request) throws Failure {
    @Nullable Client connected = connect();
    return connected != null
        ? use(connected, client -> client.history(request))
        : disk(disk -> disk.history(request));
  }

  /** What can be done without the daemon. */
  private interface Reading<T> {
    T from(DiskStatus disk) throws IOException, InterruptedException, ConfigurationException;
  }

  private <T> T disk(Reading<T> reading) throws Failure {
    err.println(
        "kmodkeeper: the daemon does not run, this is read from disk; start it: "
            + "systemctl start kmodkeeper");
    try {
      return reading.from(new DiskStatus(paths, new CommandRunner(searchPath), Clock.systemUTC()));
    } catch (ConfigurationException bad) {
      throw new Failure(ExitStatus.CONFIGURATION, String.valueOf(bad.getMessage()));
    } catch (IOException unreadable) {
      throw new Failure(ExitStatus.FAILURE, "the disk cannot be read: " + unreadable);
    } catch (InterruptedException stop) {
      throw new Failure(ExitStatus.FAILURE, "interrupted");
    }
  }

  /** The kernels that were asked for: one, or with null all. */
  static List<Status.Kernel> select(Status status, @Nullable String kernel) throws Failure {
    if (kernel == null) {
      return status.kernels();
    }
    List<Status.Kernel> found =
        status.kernels().stream().filter(one -> one.release().equals(kernel)).toList();
    if (found.isEmpty()) {
      throw new Failure(
          ExitStatus.NOT_FOUND,
          "kernel " + kernel + " is not installed; 'kmodkeeper status' lists those that are");
    }
    return found;
  }
}
