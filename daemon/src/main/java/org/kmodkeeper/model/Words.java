package org.kmodkeeper.model;

import java.util.Locale;

/** How enum constants are spelled in messages. */
public final class Words {
  private Words() {}

  /** {@code NO_HEADERS} becomes {@code no-headers}. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
