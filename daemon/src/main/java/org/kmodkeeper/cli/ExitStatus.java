package org.kmodkeeper.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.kmodkeeper.model.Verdict;

/** The exit statuses of {@code kmodkeeper}; its help and the manual page list them. */
enum ExitStatus {
  OK(0, "bootable, or done"),
  FAILURE(1, "something failed that is no verdict"),
  USAGE(2, "the command line was wrong"),
  DAEMON_DOWN(3, "the daemon does not run, and this command needs it"),
  NOT_PERMITTED(4, "only root and the configured group may do this"),
  TIMED_OUT(5, "wait: the time is over, and work goes on"),
  NOT_FOUND(6, "no such kernel is installed, or no such driver is kept"),
  UNHEALTHY(7, "doctor: a precondition is not met, or is not known to be"),
  MISSING(10, Verdict.MISSING),
  BUILDING(11, Verdict.BUILDING),
  NO_HEADERS(12, Verdict.NO_HEADERS),
  NO_SOURCE(13, Verdict.NO_SOURCE),
  NO_COMPILER(14, Verdict.NO_COMPILER),
  BUILD_FAILED(15, Verdict.BUILD_FAILED),
  SHADOWED(16, Verdict.SHADOWED),
  WRONG_VERSION(17, Verdict.WRONG_VERSION),
  VERMAGIC_MISMATCH(18, Verdict.VERMAGIC_MISMATCH),
  SYMBOL_MISMATCH(19, Verdict.SYMBOL_MISMATCH),
  MISSING_DEPENDENCY(20, Verdict.MISSING_DEPENDENCY),
  UNSIGNED(21, Verdict.UNSIGNED),
  BLACKLISTED(22, Verdict.BLACKLISTED),
  REPLACED(23, Verdict.REPLACED),
  BUILT_IN(24, Verdict.BUILT_IN),
  DAMAGED(25, Verdict.DAMAGED),
  STALE_INITRAMFS(26, Verdict.STALE_INITRAMFS),
  READ_ONLY(27, Verdict.READ_ONLY),
  NO_INITRAMFS(28, "check --reboot: the kernel that boots next has no initramfs"),
  UNKNOWN(29, Verdict.UNKNOWN),
  UNSUPPORTED(30, Verdict.UNSUPPORTED),
  /** EX_CONFIG of sysexits.h, as the daemon's. */
  CONFIGURATION(78, "the configuration cannot be used");

  private final int code;
  private final String meaning;

  ExitStatus(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  ExitStatus(int code, Verdict first) {
    this(code, "not bootable: " + first);
  }

  int code() {
    return code;
  }

  /** What each status means, by its number as text. */
  static Map<String, String> table() {
    Map<String, String> table = new LinkedHashMap<>();
    for (ExitStatus status : values()) {
      table.put(Integer.toString(status.code), status.meaning);
    }
    return table;
  }

  /** The status for a verdict, given as it travels over the socket. */
  static ExitStatus of(String word) {
    return Verdict.named(word).map(ExitStatus::of).orElse(UNKNOWN);
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
      case UNSUPPORTED -> UNSUPPORTED;
    };
  }
}
