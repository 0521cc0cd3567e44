package org.kmodkeeper.host;

import java.util.Arrays;
import jnr.posix.Group;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import jnr.posix.Passwd;
import org.jspecify.annotations.Nullable;

/** Who belongs to which group, as the host's name services tell. */
public final class UserGroups {
  /** Loaded at first use only: it takes longer than all the rest of the start-up. */
  private static final class Posix {
    static final POSIX INSTANCE = POSIXFactory.getNativePOSIX();
  }

  private UserGroups() {}

  /** Whether there is a group of that name. */
  public static synchronized boolean exists(String group) {
    return Posix.INSTANCE.getgrnam(group) != null;
  }

  /**
   * Whether the user is in the group, by its primary group or by being listed. One at a time: what
   * getgrnam(3) and getpwuid(3) return is overwritten by the next call.
   */
  public static synchronized boolean isMember(int uid, int gid, String group) {
    @Nullable Group found = Posix.INSTANCE.getgrnam(group);
    if (found == null) {
      return false;
    }
    @Nullable Passwd user = Posix.INSTANCE.getpwuid(uid);
    return found.getGID() == gid
        || (user != null && Arrays.asList(found.getMembers()).contains(user.getLoginName()));
  }
}
