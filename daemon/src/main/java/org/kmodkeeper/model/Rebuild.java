package org.kmodkeeper.model;

/** When a driver is built for a kernel. */
public enum Rebuild {
  /** When it is not ready. */
  IF_NEEDED,
  /** Now, even if it is ready: the operator asked for it. */
  REQUESTED
}
