package org.kmodkeeper.model;

/** When a driver is built for a kernel. */
public enum Rebuild {
  /** When it is not ready. */
  IF_NEEDED,
  /** When nothing else is to be done: what is there works, and was built for another kernel. */
  WHEN_IDLE,
  /** Now, even if it is ready: the operator asked for it. */
  REQUESTED
}
