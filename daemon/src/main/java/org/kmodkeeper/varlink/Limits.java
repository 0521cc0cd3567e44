package org.kmodkeeper.varlink;

import java.time.Duration;

/**
 * What a caller may use up.
 *
 * @param messageBytes the longest message, without its NUL
 * @param connections how many are served at once
 * @param idle a connection without a whole message in this time is closed
 */
public record Limits(int messageBytes, int connections, Duration idle) {
  public static final Limits STANDARD = new Limits(64 * 1024, 64, Duration.ofSeconds(30));
}
