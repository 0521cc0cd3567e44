package org.kmodkeeper.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.kmodkeeper.model.Verdict;

/**
 * The exit statuses of {@code kmodkeeper} that are not a verdict's; its help and manual list all.
 */
enum ExitStatus {
  OK(0, "bootable, or done"),
  FAILURE(1, "something failed that is no verdict"),
  USAGE(2, "the command line was wrong"),
  DAEMON_DOWN(3, "the daemon does not run, and this command needs it"),
  NOT_PERMITTED(4, "only root and the configured group may do this"),
  TIMED_OUT(5, "wait: the time is over, and work goes on"),
  NOT_FOUND(6, "no such kernel is installed, or no such driver is kept"),
  UNHEALTHY(7, "doctor: a precondition is not met, or is not known to be"),
  NO_INITRAMFS(28, "check --reboot: the kernel that boots next has no initramfs"),
  /** EX_CONFIG of sysexits.h, as the daemon's. */
  CONFIGURATION(78, "the configuration cannot be used");

  private final int code;
  private final String meaning;

  ExitStatus(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  int code() {
    return code;
  }

  /** What each status means, by its number as text, verdicts included. */
  static Map<String, String> table() {
    Map<Integer, String> meanings = new TreeMap<>();
    for (ExitStatus status : values()) {
      meanings.put(status.code, status.meaning);
    }
    for (Verdict verdict : Verdict.values()) {
      meanings.putIfAbsent(verdict.exitStatus(), "not bootable: " + verdict);
    }
    Map<String, String> table = new LinkedHashMap<>();
    meanings.forEach((code, meaning) -> table.put(Integer.toString(code), meaning));
    return table;
  }
}
