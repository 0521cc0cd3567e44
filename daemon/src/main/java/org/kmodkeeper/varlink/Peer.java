package org.kmodkeeper.varlink;

/** Who is at the other end: SO_PEERCRED of unix(7), as the process was when it connected. */
public record Peer(int pid, int uid, int gid) {}
