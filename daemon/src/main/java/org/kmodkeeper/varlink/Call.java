package org.kmodkeeper.varlink;

import com.google.gson.JsonObject;

/**
 * One method call.
 *
 * @param method with its interface: {@code org.kmodkeeper.Status}
 * @param style how the caller wants to be answered
 */
public record Call(String method, JsonObject parameters, Style style, Peer peer) {
  /** How a caller wants to be answered. */
  public enum Style {
    /** By one reply. */
    ONCE,
    /** By any number of replies, the last without {@code continues}. */
    MORE,
    /** Not at all. */
    ONEWAY
  }
}
