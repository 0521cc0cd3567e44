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
  FAILURE(1, "internal or I/O error"),
  USAGE(2, "invalid command line"),
  DAEMON_DOWN(3, "the daemon does not run, and this command needs it"),
  NOT_PERMITTED(4, "only root and the configured group may do this"),
  TIMED_OUT(5, "wait: timed out, work continues"),
  NOT_FOUND(6, "no such kernel is installed, or no such driver is managed"),
  UNHEALTHY(7, "doctor: a check failed, or its result is not known"),
  PROGRAM_MISSING(8, "keys, package, publish: a program that they run is not installed"),
  NOTHING_TO_DO(9, "adopt --dry-run, drop --dry-run: nothing to do"),
  NO_INITRAMFS(28, "check --reboot: the kernel that boots next has no initramfs"),
  /** EX_CONFIG of sysexits.h, as the daemon's. */
  CONFIGURATION(78, "invalid configuration");

  private final int code;
  private final String meaning;

  ExitStatus(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  int code() {
    return code;
  }

  /** The failure that ends a command with this status; the message says what, where, what to do. */
  CommandFailedException because(String message) {
    return new CommandFailedException(code, message);
  }

  /** Of a command that has not failed, whether or not it has found anything to do. */
  static ExitStatus ofDryRun(boolean nothing) {
    return nothing ? NOTHING_TO_DO : OK;
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
