package org.kmodkeeper.adopt;

/** What was asked for is not done; one line: what, where, what to do. */
public final class RefusedException extends Exception {
  /** Why. */
  public enum Reason {
    /** What was given is not fit for it. */
    UNFIT,
    /** There is no such driver. */
    UNKNOWN,
    /**
     * The new version does not build, or would not load, for a kernel on which the old one does.
     */
    NOT_READY
  }

  private final Reason reason;

  RefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  RefusedException(String message) {
    this(Reason.UNFIT, message);
  }

  public Reason reason() {
    return reason;
  }
}
