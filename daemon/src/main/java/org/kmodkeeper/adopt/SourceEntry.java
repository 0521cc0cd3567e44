package org.kmodkeeper.adopt;

import java.nio.file.attribute.FileTime;

/**
 * One file of a driver's source, as an archive or a directory has it.
 *
 * @param path with slashes
 * @param size in bytes; of a file only
 * @param mode its permission bits
 * @param target where a link leads to: of a symbolic one as it is written, of a hard one a path
 *     like the above; empty of all others
 */
record SourceEntry(String path, Kind kind, long size, int mode, FileTime modified, String target) {
  /** What a file is. */
  enum Kind {
    FILE,
    DIRECTORY,
    SYMBOLIC_LINK,
    HARD_LINK,
    /** A device, a pipe, a socket, or what an archive format has besides. */
    OTHER
  }

  private static final int ANY_EXECUTES = 0b001_001_001;

  /** The same file in another place. */
  SourceEntry at(String otherPath, String otherTarget) {
    return new SourceEntry(otherPath, kind, size, mode, modified, otherTarget);
  }

  boolean isExecutable() {
    return (mode & ANY_EXECUTES) != 0;
  }
}
