package org.kmodkeeper.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is wrong with the configuration; all problems are reported together. */
final class Problems {
  private static final int MAX_PROBLEMS = 20;

  private final List<String> lines = new ArrayList<>();

  /** Adds {@code file:line: what}. */
  void add(Path file, int line, String what) {
    if (lines.size() < MAX_PROBLEMS) {
      lines.add(file + ":" + line + ": " + what);
    }
  }

  void throwIfAny() throws ConfigurationException {
    if (!lines.isEmpty()) {
      throw new ConfigurationException(lines);
    }
  }
}
