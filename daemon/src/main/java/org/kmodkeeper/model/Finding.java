package org.kmodkeeper.model;

import org.jspecify.annotations.Nullable;

/**
 * A verdict with its explanation.
 *
 * @param detail one line: what, where, why
 * @param advice what the operator can do, or null if there is nothing to do
 */
public record Finding(Verdict verdict, String detail, @Nullable String advice) {
  /** The same, explained further. */
  public Finding and(String more) {
    return new Finding(verdict, detail + "; " + more, advice);
  }
}
