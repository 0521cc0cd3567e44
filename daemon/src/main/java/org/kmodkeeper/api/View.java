package org.kmodkeeper.api;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.varlink.VarlinkException;

/** What can be asked of a host: through its daemon or, without one, of its disk. */
public interface View extends AutoCloseable {
  /** Whose look it is. */
  enum Provider {
    DAEMON,
    DISK
  }

  Provider source();

  Status status() throws IOException, VarlinkException, InterruptedException;

  /** What happened, oldest first. */
  History history(History.Request request)
      throws IOException, VarlinkException, InterruptedException;

  /**
   * What the verdicts on one kernel's drivers rest on.
   *
   * @param driver a name, or null for all
   */
  List<Explanation> explain(String kernel, @Nullable String driver)
      throws IOException, VarlinkException, InterruptedException;

  NextBoot nextBoot() throws IOException, VarlinkException, InterruptedException;

  /** Ends a hold of the default; returns the kernel that boots next now, empty without a hold. */
  Optional<String> release() throws IOException, VarlinkException, InterruptedException;

  @Override
  void close() throws IOException;
}
