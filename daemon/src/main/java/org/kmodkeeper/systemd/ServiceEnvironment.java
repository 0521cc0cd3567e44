package org.kmodkeeper.systemd;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the service manager has arranged for this process, as the environment tells.
 *
 * @param notifySocket where it wants to hear from us (sd_notify(3)), or null
 * @param listener a listening socket that it has passed to us (sd_listen_fds(3))
 * @param watchdog how long it waits for a sign of life (sd_watchdog_enabled(3)), or null if it does
 *     not wait for one
 */
public record ServiceEnvironment(
    @Nullable String notifySocket, OptionalInt listener, @Nullable Duration watchdog) {
  /** Nobody manages us. */
  public static final ServiceEnvironment NONE =
      new ServiceEnvironment(null, OptionalInt.empty(), null);

  /** SD_LISTEN_FDS_START */
  private static final int FIRST_DESCRIPTOR = 3;

  /** Far more than our units have. */
  private static final int MAX_DESCRIPTORS = 64;

  /**
   * Reads the variables; those that are meant for another process do not count.
   *
   * @param pid of this process
   * @param isSocket whether a descriptor is a socket; a FIFO may have been passed as well
   */
  public static ServiceEnvironment of(
      Map<String, String> variables, long pid, IntPredicate isSocket) {
    boolean passed = number(variables, "LISTEN_PID") == pid;
    int descriptors = passed ? (int) Math.min(number(variables, "LISTEN_FDS"), MAX_DESCRIPTORS) : 0;
    long patience = number(variables, "WATCHDOG_USEC");
    // Without WATCHDOG_PID every process of the service is meant.
    boolean watched =
        patience > 0
            && (!variables.containsKey("WATCHDOG_PID") || number(variables, "WATCHDOG_PID") == pid);
    return new ServiceEnvironment(
        variables.get("NOTIFY_SOCKET"),
        IntStream.range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + descriptors)
            .filter(isSocket)
            .findFirst(),
        watched ? Duration.ofNanos(patience * 1000) : null);
  }

  private static long number(Map<String, String> variables, String name) {
    @Nullable String text = variables.get(name);
    return text != null && text.matches("[0-9]{1,15}") ? Long.parseLong(text) : -1;
  }
}
