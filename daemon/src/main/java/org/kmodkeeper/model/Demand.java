package org.kmodkeeper.model;

/** Whether the operator asked for a build even of what is ready. */
public enum Demand {
  NONE,
  REBUILD
}
