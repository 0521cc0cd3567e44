package org.kmodkeeper.api;

import java.util.Objects;

/** This program's version, as its package has it. */
public final class Version {
  /** The jar's version; {@code development} when the classes run outside of their jar. */
  public static final String TEXT =
      Objects.requireNonNullElse(
          Version.class.getPackage().getImplementationVersion(), "development");

  private Version() {}
}
