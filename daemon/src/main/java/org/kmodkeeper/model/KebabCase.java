package org.kmodkeeper.model;

import java.util.Locale;

/** How enum constants are spelled in messages and in JSON. */
public final class KebabCase {
  private KebabCase() {}

  /** {@code NO_HEADERS} becomes {@code no-headers}. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
