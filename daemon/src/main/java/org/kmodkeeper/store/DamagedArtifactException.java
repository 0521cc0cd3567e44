package org.kmodkeeper.store;

/** An artifact is not as it was stored; the message says what about it, beginning with "its". */
public final class DamagedArtifactException extends Exception {
  DamagedArtifactException(String message) {
    super(message);
  }
}
