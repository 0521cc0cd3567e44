package org.kmodkeeper.boot;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.Kernel;

/**
 * What the guard knows from before.
 *
 * @param kernels the installed kernels' releases, each with the time when it was first seen, in
 *     seconds since 1970; empty before the first look
 * @param setting what the boot loader was set to when it was last looked at
 * @param defaults the kernels that have been the default, the last one first
 * @param proven the releases that were bootable when that was last known
 * @param operators what the operator chose last, or null if they never did
 * @param released the release that the operator released although it is not bootable, or null
 * @param hold the move that is in force, or null
 */
record GuardState(
    Map<String, Long> kernels,
    String setting,
    List<Kernel> defaults,
    List<String> proven,
    @Nullable OperatorChoice operators,
    @Nullable String released,
    @Nullable Hold hold) {
  private static final int MAX_DEFAULTS = 4;

  static final GuardState NONE =
      new GuardState(Map.of(), "", List.of(), List.of(), null, null, null);

  /** A setting, and the kernel that it meant then; {@code 0} means another one later. */
  record OperatorChoice(String setting, Kernel kernel) {}

  GuardState {
    kernels = Map.copyOf(kernels);
    // A file of an earlier version does not have these.
    defaults = defaults == null ? List.of() : List.copyOf(defaults);
    proven = proven == null ? List.of() : List.copyOf(proven);
  }

  /** What was written last; nothing if there is no such file, or none that can be understood. */
  static GuardState read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return NONE;
    }
    try {
      @Nullable GuardState remembered =
          Json.GSON.fromJson(Files.readString(file), GuardState.class);
      return remembered == null ? NONE : remembered;
    } catch (JsonParseException | NullPointerException | IllegalArgumentException foreign) {
      return NONE;
    }
  }

  /** Writes all of it, or leaves the file as it was. */
  void write(Path file) throws IOException {
    AtomicFile.write(file, Json.GSON.toJson(this) + "\n");
  }

  /** When the kernel was first seen; a kernel never seen before counts as seen now. */
  long firstSeen(Kernel kernel, long now) {
    return Optional.ofNullable(kernels.get(kernel.release())).orElse(now);
  }

  /** Whether the kernel was installed when that was last looked at. */
  boolean knows(Kernel kernel) {
    return kernels.containsKey(kernel.release());
  }

  GuardState with(@Nullable Hold newHold) {
    return new GuardState(kernels, setting, defaults, proven, operators, released, newHold);
  }

  /**
   * What is installed now, and which of it is bootable. What was said of a kernel that has gone is
   * forgotten: should it come back, it is a new one.
   */
  GuardState seen(Map<String, Long> nowInstalled, List<String> nowProven) {
    List<Kernel> left =
        defaults.stream().filter(kernel -> nowInstalled.containsKey(kernel.release())).toList();
    boolean choiceStands =
        operators != null && !hasGone(operators.kernel().release(), nowInstalled);
    boolean releaseStands = released != null && !hasGone(released, nowInstalled);
    return new GuardState(
        nowInstalled,
        setting,
        left,
        nowProven,
        choiceStands ? operators : null,
        releaseStands ? released : null,
        hold);
  }

  private boolean hasGone(String release, Map<String, Long> nowInstalled) {
    return kernels.containsKey(release) && !nowInstalled.containsKey(release);
  }

  /** What the boot loader is set to now, and which kernel that is, if it is one. */
  GuardState set(String nowSet, Optional<Kernel> kernel) {
    List<Kernel> all =
        Stream.concat(kernel.stream(), defaults.stream()).distinct().limit(MAX_DEFAULTS).toList();
    return new GuardState(kernels, nowSet, all, proven, operators, released, hold);
  }

  GuardState chosenByOperator(OperatorChoice theirs) {
    return new GuardState(kernels, setting, defaults, proven, theirs, released, null);
  }

  GuardState released(Kernel kernel) {
    return new GuardState(kernels, setting, defaults, proven, operators, kernel.release(), null);
  }
}
