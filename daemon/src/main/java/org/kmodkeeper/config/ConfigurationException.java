package org.kmodkeeper.config;

import java.util.List;

/** The configuration cannot be used; each problem is one line, {@code file:line: what}. */
public final class ConfigurationException extends Exception {
  private final List<String> problems;

  ConfigurationException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /** At least one, each a line. */
  public List<String> problems() {
    return problems;
  }
}
