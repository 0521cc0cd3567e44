package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A boot loader whose default entry can be read and moved. */
interface BootLoader {
  /** What it is called in messages. */
  String name();

  /** The files that all it would do depends on; empty if they are not known. */
  List<Path> files() throws IOException;

  /**
   * Reads what it would do.
   *
   * @throws IOException if that cannot be read
   */
  BootMenu read() throws IOException, InterruptedException;

  /**
   * Sets its default; what was set before is whole until the new setting is.
   *
   * @param setting the {@link BootEntry#id} of an entry, or what {@link BootMenu#setting} was
   * @throws IOException if it could not be set; the old setting stands
   */
  void set(String setting) throws IOException, InterruptedException;
}
