package org.kmodkeeper.doctor;

import org.jspecify.annotations.Nullable;

/**
 * What one check says of one thing.
 *
 * @param check the check's name
 * @param text what is so, in one line
 * @param fix the command that fixes it, or one that shows more; null if there is none
 */
public record Diagnosis(String check, State state, String text, @Nullable String fix) {
  /** Whether a host is as it should be. */
  public enum State {
    OK,
    BAD,
    /** It is not known, which counts as bad. */
    UNKNOWN,
    /** Worth knowing; a host is healthy with it. */
    NOTE
  }

  /** Whether a healthy host may have it. */
  public boolean isHealthy() {
    return state == State.OK || state == State.NOTE;
  }
}
