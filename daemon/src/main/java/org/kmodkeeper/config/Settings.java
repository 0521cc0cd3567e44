package org.kmodkeeper.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.KernelFacts.Toolchain;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;

/**
 * What the operator set, and the defaults for what was not.
 *
 * @param buildTimeout a build is killed past this time
 * @param resync how long the daemon waits before it looks again unasked
 * @param retryFirst how long it waits after the first failure; each further one doubles it
 * @param retryLongest the longest it waits between two tries
 * @param group whose members may change things besides root, or null for root alone
 * @param remedies in the order to try them, for drivers without a file
 * @param headers whether missing kernel headers are fetched
 * @param toolchain where builds get their compiler and the headers from
 * @param certificates files whose signatures the kernels accept besides those that can be found out
 * @param guard what is done about a default kernel that is not bootable
 * @param excluded what becomes of a kernel that a required driver's dkms.conf excludes
 * @param preflight how far a preflight of offered kernels goes, or null if the timer makes none
 * @param builds how many remedies may run side by side, or null for as many as the host has room
 *     for
 * @param metrics where metrics are written
 * @param policies one for each driver, in the order of their names
 */
public record Settings(
    Duration buildTimeout,
    Duration resync,
    Duration retryFirst,
    Duration retryLongest,
    @Nullable String group,
    List<Remedy> remedies,
    Headers headers,
    Toolchain toolchain,
    List<Path> certificates,
    GuardMode guard,
    Excluded excluded,
    @Nullable Depth preflight,
    @Nullable Integer builds,
    Metrics metrics,
    List<Policy> policies) {
  /**
   * Where metrics are written.
   *
   * @param named the directory that is named, or null
   */
  public record Metrics(Mode mode, @Nullable Path named) {
    /** Which directory it is. */
    public enum Mode {
      /** The first of the usual ones that is there. */
      USUAL,
      NAMED,
      OFF
    }

    /** The directory, there or not; empty where no metrics are to be written. */
    public Optional<Path> directory(HostPaths paths) {
      return switch (mode) {
        case USUAL -> paths.textfileDirectories().stream().filter(Files::isDirectory).findFirst();
        case NAMED -> Optional.ofNullable(named);
        case OFF -> Optional.empty();
      };
    }
  }

  /** What is done where a kernel's headers are missing. */
  public enum Headers {
    /** The package manager is asked to install them. */
    FETCHED,
    /** The operator installs them. */
    LEFT_TO_OPERATOR
  }

  /** What is done about a default kernel that is not bootable. */
  public enum GuardMode {
    /** The default is held on a bootable one. */
    HOLD,
    /** It is told. */
    WARN,
    /** Nothing. */
    OFF
  }

  /** A kernel that has nothing in the place of a driver that is said not to be for it. */
  public enum Excluded {
    /** It is not bootable. */
    UNSUPPORTED,
    /** It is bootable all the same. */
    BOOTABLE
  }

  public Settings {
    remedies = List.copyOf(remedies);
    certificates = List.copyOf(certificates);
    policies = List.copyOf(policies);
  }

  /** The same settings for a host without network. */
  public Settings withoutNetwork() {
    List<Remedy> local = remedies.stream().filter(one -> !one.isTransaction()).toList();
    return new Settings(
        buildTimeout,
        resync,
        retryFirst,
        retryLongest,
        group,
        local,
        Headers.LEFT_TO_OPERATOR,
        Toolchain.HOST,
        certificates,
        guard,
        excluded,
        preflight,
        builds,
        metrics,
        policies.stream().map(Policy::withoutNetwork).toList());
  }
}
