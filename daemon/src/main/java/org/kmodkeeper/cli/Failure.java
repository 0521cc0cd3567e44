package org.kmodkeeper.cli;

/** A command cannot do its work; the message is one line: what, where, what to do. */
final class Failure extends Exception {
  private final ExitStatus status;

  Failure(ExitStatus status, String message) {
    super(message);
    this.status = status;
  }

  ExitStatus status() {
    return status;
  }
}
