package org.kmodkeeper.model;

import org.jspecify.annotations.Nullable;

/** How a driver on a kernel is reported: {@code kernel K: driver D: verdict: detail; advice}. */
public final class DriverLine {
  private DriverLine() {}

  /** {@code kernel 6.1.0: driver ixgbevf 4.18.7}; without a version if that is null. */
  public static String subject(String kernel, String driver, @Nullable String version) {
    return "kernel " + kernel + ": " + subject(driver, version);
  }

  /** {@code driver ixgbevf 4.18.7}; without a version if that is null. */
  public static String subject(String driver, @Nullable String version) {
    return "driver " + title(driver, version);
  }

  /** {@code ixgbevf 4.18.7}; without a version if that is null. */
  public static String title(String driver, @Nullable String version) {
    return version == null ? driver : driver + " " + version;
  }

  /** {@code missing: it is not there; build it}; without advice if that is null. */
  public static String reason(Object verdict, String detail, @Nullable String advice) {
    return verdict + ": " + detail + (advice == null ? "" : "; " + advice);
  }
}
