package org.kmodkeeper.varlink;

import java.time.Duration;

/**
 * What callers may use up.
 *
 * @param messageBytes the longest message of a trusted caller, without its NUL
 * @param messageBytesOfOthers the longest message of anyone else
 * @param connections how many are served at once
 * @param connectionsOfUser how many of them one user may have; root may have all
 * @param connectionsForRoot how many of them only root may have
 * @param idle a connection without a whole message in this time is closed
 */
public record Limits(
    int messageBytes,
    int messageBytesOfOthers,
    int connections,
    int connectionsOfUser,
    int connectionsForRoot,
    Duration idle) {
  public static final Limits STANDARD =
      new Limits(64 * 1024, 4 * 1024, 64, 16, 16, Duration.ofSeconds(30));

  /** For a caller who is not trusted. */
  Limits ofOthers() {
    return new Limits(
        messageBytesOfOthers,
        messageBytesOfOthers,
        connections,
        connectionsOfUser,
        connectionsForRoot,
        idle);
  }
}
