package org.kmodkeeper.systemd;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What the service manager has arranged for this process, as the environment tells.
 *
 * @param notifySocket where it wants to hear from us (sd_notify(3)), or null
 * @param listener a listening socket that it has passed to us (sd_listen_fds(3))
 * @param watchdog how long it waits for a sign of life (sd_watchdog_enabled(3))
 */
public record ServiceEnvironment(
    @Nullable String notifySocket, OptionalInt listener, Optional<Duration> watchdog) {
  /** Nobody manages us. */
  public static final ServiceEnvironment NONE =
      new ServiceEnvironment(null, OptionalInt.empty(), Optional.empty());

  /** SD_LISTEN_FDS_START */
  private static final int FIRST_DESCRIPTOR = 3;

  /**
   * Reads the variables; those that are meant for another process do not count.
   *
   * @param pid of this process
   */
  public static ServiceEnvironment of(Map<String, String> variables, long pid) {
    boolean passed = number(variables, "LISTEN_PID") == pid && number(variables, "LISTEN_FDS") > 0;
    long patience = number(variables, "WATCHDOG_USEC");
    // Without WATCHDOG_PID every process of the service is meant.
    boolean watched =
        patience > 0
            && (!variables.containsKey("WATCHDOG_PID") || number(variables, "WATCHDOG_PID") == pid);
    return new ServiceEnvironment(
        variables.get("NOTIFY_SOCKET"),
        passed ? OptionalInt.of(FIRST_DESCRIPTOR) : OptionalInt.empty(),
        watched ? Optional.of(Duration.ofNanos(patience * 1000)) : Optional.empty());
  }

  private static long number(Map<String, String> variables, String name) {
    @Nullable String text = variables.get(name);
    return text != null && text.matches("[0-9]{1,15}") ? Long.parseLong(text) : -1;
  }
}
