package org.kmodkeeper.cli;

import java.util.Arrays;
import org.kmodkeeper.model.Verdict;

/** The exit statuses of {@code kmodkeeper}; the manual page and the README list them. */
enum ExitStatus {
  OK(0),
  /** Something failed that is no verdict. */
  FAILURE(1),
  /** The command line was wrong. */
  USAGE(2),
  /** The daemon does not run, and this needs it. */
  DAEMON_DOWN(3),
  /** Only root and the configured group may do this. */
  NOT_PERMITTED(4),
  /** The time given to wait is over, and work goes on. */
  TIMED_OUT(5),
  /** No such kernel is installed, or no such driver is kept. */
  NOT_FOUND(6),
  MISSING(10),
  BUILDING(11),
  NO_HEADERS(12),
  NO_SOURCE(13),
  NO_COMPILER(14),
  BUILD_FAILED(15),
  SHADOWED(16),
  WRONG_VERSION(17),
  VERMAGIC_MISMATCH(18),
  SYMBOL_MISMATCH(19),
  MISSING_DEPENDENCY(20),
  UNSIGNED(21),
  BLACKLISTED(22),
  REPLACED(23),
  BUILT_IN(24),
  DAMAGED(25),
  STALE_INITRAMFS(26),
  READ_ONLY(27),
  UNKNOWN(29),
  /** The configuration cannot be used: EX_CONFIG of sysexits.h, as the daemon's. */
  CONFIGURATION(78);

  private final int code;

  ExitStatus(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /** The status for a verdict, given as it travels over the socket. */
  static ExitStatus of(String word) {
    return Arrays.stream(Verdict.values())
        .filter(verdict -> verdict.toString().equals(word))
        .map(ExitStatus::of)
        .findFirst()
        .orElse(UNKNOWN);
  }

  private static ExitStatus of(Verdict verdict) {
    return switch (verdict) {
      case READY, NOT_SET_UP, EXCLUDED -> OK;
      case MISSING -> MISSING;
      case BUILDING -> BUILDING;
      case NO_HEADERS -> NO_HEADERS;
      case NO_SOURCE -> NO_SOURCE;
      case NO_COMPILER -> NO_COMPILER;
      case BUILD_FAILED -> BUILD_FAILED;
      case SHADOWED -> SHADOWED;
      case WRONG_VERSION -> WRONG_VERSION;
      case VERMAGIC_MISMATCH -> VERMAGIC_MISMATCH;
      case SYMBOL_MISMATCH -> SYMBOL_MISMATCH;
      case MISSING_DEPENDENCY -> MISSING_DEPENDENCY;
      case UNSIGNED -> UNSIGNED;
      case BLACKLISTED -> BLACKLISTED;
      case REPLACED -> REPLACED;
      case BUILT_IN -> BUILT_IN;
      case DAMAGED -> DAMAGED;
      case STALE_INITRAMFS -> STALE_INITRAMFS;
      case READ_ONLY -> READ_ONLY;
      case UNKNOWN -> UNKNOWN;
    };
  }
}
