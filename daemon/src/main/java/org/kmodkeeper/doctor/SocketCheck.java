package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.kmodkeeper.api.Client;
import org.kmodkeeper.api.Version;
import org.kmodkeeper.varlink.VarlinkException;

/** Whether the daemon answers. */
record SocketCheck(DoctorContext context) implements Check {
  @Override
  public String name() {
    return "socket";
  }

  @Override
  public List<Diagnosis> examine() {
    Path socket = context.paths().socket();
    try (Client daemon = Client.connect(socket)) {
      String version = daemon.status().version();
      return List.of(
          version.equals(Version.TEXT)
              ? ok("the daemon answers on " + socket)
              : bad(
                  "the running daemon is version " + version + ", this is " + Version.TEXT,
                  "systemctl restart kmodkeeper"));
    } catch (IOException silent) {
      return List.of(
          bad("no answer on " + socket, "systemctl restart kmodkeeper.socket kmodkeeper"));
    } catch (VarlinkException refused) {
      return List.of(
          bad("the daemon refused: " + refused.getMessage(), "systemctl restart kmodkeeper"));
    }
  }
}
