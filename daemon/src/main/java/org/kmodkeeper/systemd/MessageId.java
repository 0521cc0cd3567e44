package org.kmodkeeper.systemd;

import org.slf4j.spi.LoggingEventBuilder;

/**
 * The kinds of events that the journal tells apart, each by a fixed id: MESSAGE_ID of
 * systemd.journal-fields(7).
 *
 * <p>An id never changes its meaning. {@code systemd/kmodkeeper.catalog} explains each to
 * operators.
 */
public enum MessageId {
  STARTED("be069c0195a3440abf0e690dd649dfa3"),
  STOPPED("b335d43a6cbb42569a480e17991e1530"),
  SHUTDOWN_WAITS("55ac84eb626442a09f206e5687c1e1d2"),
  CONFIGURATION_READ("2990f1c270e144258d265b05c20c739c"),
  CONFIGURATION_REFUSED("68e7afd5ddb544a7a10c691c0fac0d15"),
  NOTIFIED("fff424e319634562a72e9108345c8e10"),
  REBUILD_ASKED("38fd6d6556a640b5972d94aecd69e877"),
  RELEASE_ASKED("9c4267de50e84aa0a94a59836daabd83"),
  CALLER_REFUSED("e3d93c79c2374084b45d15d56456827a"),
  DRIVER_READY("1d7f12258188490f9eea18c688d7e824"),
  DRIVER_NOT_READY("0f29c4e2ff644e41bfd7ca5e4a044cd1"),
  ATTEMPT_BEGINS("e4f65ac4493f44d5a987c6512a344703"),
  ATTEMPT_SUCCEEDED("516bdcd305904fe09f45591fcfc382d5"),
  ATTEMPT_FAILED("62d0db227fbe4820b11f66497f00ab85"),
  KERNEL_GONE("fc1d16dc580949adbeab9fd290022026"),
  BROUGHT_HOME("10a9da959dd94217b7f8c96bd78deabc"),
  GUARD_HOLDS("8b414dc2a26e4a5da663628eb117b1a4"),
  GUARD_RELEASES("b1db43bb4a584d50bf2b5de90320e7bc"),
  GUARD_WARNS("64ad3f3d69674412984b2eb21900559e"),
  OFFERED_WELL("491035136fec4a97b8768e0b2d7a4b30"),
  OFFERED_BADLY("51e4afd72e7649b38f82321f3d8608c9"),
  BOOT_LOADED("81b05c2742da4107b359b52b1b378471"),
  BOOT_FAILED("8758c8b51d984a4d9d3596806b76b566");

  private final String id;

  MessageId(String id) {
    this.id = id;
  }

  /** 128 bits in hexadecimal digits. */
  public String id() {
    return id;
  }

  /** Says that the line to be logged is about this kind of event. */
  public LoggingEventBuilder in(LoggingEventBuilder line) {
    return line.addKeyValue("MESSAGE_ID", id);
  }
}
