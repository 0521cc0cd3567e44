package org.kmodkeeper.varlink;

import java.io.IOException;
import jnr.unixsocket.UnixSocketChannel;
import jnr.unixsocket.UnixSocketOptions;

/** Who is at the other end: SO_PEERCRED of unix(7), as the process was when it connected. */
public record Peer(int pid, int uid, int gid) {
  static Peer of(UnixSocketChannel channel) throws IOException {
    var credentials = channel.getOption(UnixSocketOptions.SO_PEERCRED);
    return new Peer(credentials.getPid(), credentials.getUid(), credentials.getGid());
  }
}
