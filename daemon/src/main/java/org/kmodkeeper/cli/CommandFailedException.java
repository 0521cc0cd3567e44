package org.kmodkeeper.cli;

/** A command cannot do its work; the message is one line: what, where, what to do. */
final class CommandFailedException extends Exception {
  private final int exitStatus;

  CommandFailedException(int exitStatus, String message) {
    super(message);
    this.exitStatus = exitStatus;
  }

  int exitStatus() {
    return exitStatus;
  }
}
