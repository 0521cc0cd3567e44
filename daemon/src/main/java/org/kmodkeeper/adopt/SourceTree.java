package org.kmodkeeper.adopt;

import java.io.IOException;
import java.io.InputStream;

/**
 * Where a driver's source comes from. What it hands out is not checked: see {@link
 * SourceValidator}.
 */
interface SourceTree {
  /** Is handed each file in turn. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Takes one file.
     *
     * @param content of a file, to be read before this returns; empty for all else
     */
    void visit(SourceEntry entry, InputStream content) throws IOException, RefusedException;
  }

  /**
   * Hands out every file, in any order; a directory need not come before its contents.
   *
   * @throws IOException if it cannot be read to its end, or the visitor cannot write
   */
  void read(Visitor visitor) throws IOException, RefusedException;
}
