package org.kmodkeeper.systemd;

import java.io.IOException;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the service manager says of the system as a whole. */
public final class SystemState {
  private static final Logger log = LoggerFactory.getLogger(SystemState.class);

  private SystemState() {}

  /**
   * Whether the system is going down: {@code systemctl is-system-running} says {@code stopping} as
   * soon as a job for shutdown.target is queued. If it cannot be asked, the system stays.
   */
  public static boolean isStopping(CommandRunner runner) throws InterruptedException {
    try {
      // Its exit status is 0 for "running" only.
      return runner
          .run(Command.of("systemctl", "is-system-running"))
          .stdout()
          .strip()
          .equals("stopping");
    } catch (IOException unknown) {
      log.warn("cannot query the system's state, ignoring: {}", unknown.toString());
      return false;
    }
  }
}
