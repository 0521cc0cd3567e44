package org.kmodkeeper.build;

import java.nio.file.Files;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.process.Completed;

/** A way to build a driver outside of dkms. */
public enum Recipe {
  /** A command that the operator gives. */
  MAKE,
  /** As the dkms.conf says. */
  DKMS_CONF,
  /** By make in the directory of the makefile: vendors' archives are made for that. */
  MAKEFILE,
  /** By kbuild. */
  KBUILD;

  private static final Completed.Ending NOT_FOR_THIS_SOURCE = new Completed.Exited(3);

  /** A dkms.conf or a source that no recipe can do anything with: it cannot be read or patched. */
  private static final List<Completed.Ending> FINAL =
      List.of(new Completed.Exited(4), new Completed.Exited(5), new Completed.Exited(6));

  /**
   * The recipes for a source, in the order in which they are tried.
   *
   * @param make the operator's command, which is the only one then, or null
   */
  public static List<Recipe> of(BuildSpace space, @Nullable String make) {
    if (make != null) {
      return List.of(MAKE);
    }
    return Files.exists(space.driver().source().resolve("dkms.conf"))
        ? List.of(DKMS_CONF, MAKEFILE, KBUILD)
        : List.of(KBUILD, MAKEFILE);
  }

  /** Whether nothing was run, since the recipe has nothing to add for this source. */
  public static boolean passed(Completed build) {
    return build.ending().equals(NOT_FOR_THIS_SOURCE);
  }

  /** Whether another recipe would fail in the same way. */
  public static boolean failsForAll(Completed build) {
    return FINAL.contains(build.ending());
  }

  /** As {@code dkms-conf.bash} names it, and the log. */
  @Override
  public String toString() {
    return switch (this) {
      case MAKE -> "make";
      case DKMS_CONF -> "dkms.conf";
      case MAKEFILE -> "makefile";
      case KBUILD -> "kbuild";
    };
  }
}
