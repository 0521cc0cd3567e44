package org.kmodkeeper.varlink;

import java.io.IOException;

/** Answers the calls of one method; run on the connection's own thread. */
@FunctionalInterface
public interface Handler {
  /**
   * Answers one call.
   *
   * @return the parameters of the last, or only, reply: what Gson writes as one JSON object
   * @throws VarlinkException to answer with an error
   */
  Object handle(Call call, Replies replies)
      throws VarlinkException, IOException, InterruptedException;

  /** The replies before the last one. */
  interface Replies {
    /** Sends a reply that others follow. */
    void next(Object parameters) throws IOException;

    /** Whether the caller has gone away; a streaming handler asks now and then. */
    boolean abandoned() throws IOException;
  }
}
