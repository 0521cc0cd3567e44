package org.kmodkeeper.evaluate;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings.Headers;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.DriverFacts;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.KernelFacts.Access;
import org.kmodkeeper.model.KernelFacts.Toolchain;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy.Reuse;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;

/**
 * Says what to do next. A pure function of what was seen, what was tried and the time.
 *
 * <p>The remedies are tried in order, each once a round. After a round without success the next one
 * waits, twice as long each time. New inputs begin a new count.
 */
final class Planner {
  private final Duration first;
  private final Duration longest;
  private final Headers headers;
  private final YumLock.@Nullable Holder yum;

  /**
   * @param first the wait after the first round
   * @param longest the longest wait
   * @param headers whether missing ones are fetched
   * @param yum the yum that runs, without whose end none can be, or null
   */
  Planner(Duration first, Duration longest, Headers headers, YumLock.@Nullable Holder yum) {
    this.first = first;
    this.longest = longest;
    this.headers = headers;
    this.yum = yum;
  }

  /**
   * Plans for one (kernel, driver).
   *
   * @param attempts what was tried with these same inputs (and since the rebuild, if there is one),
   *     oldest first
   * @param artifacts a digest of the driver's stored artifacts, or null if there is none
   * @param reuses what was tried with these artifacts
   */
  Plan plan(
      Observation observation,
      Finding finding,
      List<Attempt> attempts,
      Rebuild rebuild,
      @Nullable String artifacts,
      List<Attempt> reuses,
      Instant now) {
    return artifacts != null
            && rebuild == Rebuild.IF_NEEDED
            && isNext(Remedy.STORED, observation, attempts)
            && count(Remedy.STORED, sinceOldSuccess(reuses, now)) == 0
            && mayBeStored(finding.verdict())
        ? new Plan.Apply(Remedy.STORED, artifacts)
        : plan(observation, finding, attempts, rebuild, now);
  }

  /** Whether it helps to install what was built before; that needs no compiler. */
  private static boolean mayBeStored(Verdict verdict) {
    return switch (verdict) {
      case MISSING,
          BUILD_FAILED,
          WRONG_VERSION,
          VERMAGIC_MISMATCH,
          SYMBOL_MISMATCH,
          DAMAGED,
          NO_HEADERS,
          NO_COMPILER,
          NO_SOURCE ->
          true;
      case READY,
          NOT_SET_UP,
          EXCLUDED,
          UNSUPPORTED,
          READ_ONLY,
          BUILDING,
          SHADOWED,
          MISSING_DEPENDENCY,
          UNSIGNED,
          BLACKLISTED,
          REPLACED,
          BUILT_IN,
          STALE_INITRAMFS,
          UNKNOWN ->
          false;
    };
  }

  /** Whether the remedies that come before it were tried. */
  private static boolean isNext(Remedy remedy, Observation observation, List<Attempt> attempts) {
    List<Remedy> remedies = observation.policy().remedies();
    int place = remedies.indexOf(remedy);
    return place >= 0
        && remedies.subList(0, place).stream()
            .filter(earlier -> applies(earlier, observation))
            .allMatch(earlier -> count(earlier, attempts) > 0);
  }

  /** Plans where nothing is stored. */
  Plan plan(
      Observation observation,
      Finding finding,
      List<Attempt> attempts,
      Rebuild rebuild,
      Instant now) {
    return switch (finding.verdict()) {
      case READY -> ready(observation, attempts, rebuild, now);
      case NO_SOURCE, NO_COMPILER -> next(withoutBuild(observation), attempts, now);
      case NOT_SET_UP,
          EXCLUDED,
          UNSUPPORTED,
          BUILDING,
          MISSING_DEPENDENCY,
          BLACKLISTED,
          REPLACED,
          BUILT_IN ->
          new Plan.Rest();
      case NO_HEADERS -> {
        List<Remedy> remedies = new ArrayList<>(withoutBuild(observation));
        if (headers == Headers.FETCHED) {
          remedies.add(Remedy.HEADERS);
        }
        yield next(remedies, attempts, now);
      }
      case READ_ONLY -> new Plan.Retry(nextLook(now));
      // Whether a build has helped could not be told either.
      case UNKNOWN ->
          observation.unreadable() == null
              ? nextRemedy(observation, attempts, now)
              : new Plan.Retry(nextLook(now));
      case STALE_INITRAMFS -> next(List.of(Remedy.INITRAMFS), attempts, now);
      case SHADOWED -> unshadow(observation, attempts);
      // Another build would not sign it otherwise; one is tried in case there is a key by now.
      case UNSIGNED ->
          attempts.isEmpty() ? nextRemedy(observation, attempts, now) : new Plan.Rest();
      case MISSING, BUILD_FAILED, WRONG_VERSION, VERMAGIC_MISMATCH, SYMBOL_MISMATCH, DAMAGED ->
          nextRemedy(observation, attempts, now);
    };
  }

  /** Those of the remedies that need neither headers nor a compiler. */
  private static List<Remedy> withoutBuild(Observation observation) {
    return observation.policy().remedies().stream()
        .filter(remedy -> remedy == Remedy.PACKAGE && applies(remedy, observation))
        .toList();
  }

  private Plan ready(
      Observation observation, List<Attempt> attempts, Rebuild rebuild, Instant now) {
    if (!canBuild(observation)) {
      return new Plan.Rest();
    }
    if (rebuild == Rebuild.REQUESTED && attempts.isEmpty()) {
      return nextRemedy(observation, attempts, now);
    }
    if (observation.borrows()) {
      return ownBuild(observation, attempts).<Plan>map(Plan.Apply::new).orElseGet(Plan.Rest::new);
    }
    return observation.isReused()
            && observation.policy().reuse() == Reuse.UNTIL_BUILT
            && observation.kernelFacts().toolchain() == Toolchain.HOST
        ? ownBuild(observation, attempts).<Plan>map(Plan.Improve::new).orElseGet(Plan.Rest::new)
        : new Plan.Rest();
  }

  /** Each remedy once for the same inputs: the driver is ready as it is. */
  private static Optional<Remedy> ownBuild(Observation observation, List<Attempt> attempts) {
    return observation.policy().remedies().stream()
        .filter(remedy -> remedy.isBuild() && applies(remedy, observation))
        .filter(remedy -> count(remedy, attempts) == 0)
        .findFirst();
  }

  private static boolean canBuild(Observation observation) {
    KernelFacts kernel = observation.kernelFacts();
    return observation.driverFacts().supply().hasSource()
        && kernel.access() == Access.WRITABLE
        && kernel.canBuild();
  }

  /**
   * No event tells that a file system has become writable, or a file readable, so that is looked
   * for by the clock.
   */
  private Instant nextLook(Instant now) {
    long step = first.toMillis();
    return Instant.ofEpochMilli((now.toEpochMilli() / step + 1) * step);
  }

  /** Once for the same inputs: what an override does not cure, a second one will not. */
  private static Plan unshadow(Observation observation, List<Attempt> attempts) {
    boolean curable =
        observation.modules().stream()
            .allMatch(module -> module.resolved() != null && module.ours() != null);
    Optional<Attempt> last = attempts.stream().reduce((older, newer) -> newer);
    boolean tried =
        last.filter(attempt -> attempt.remedy() == Remedy.OVERRIDE)
            .filter(attempt -> attempt.outcome() != Outcome.INTERRUPTED)
            .filter(attempt -> attempt.outcome() != Outcome.INSTALLED)
            .isPresent();
    return curable && !tried ? new Plan.Apply(Remedy.OVERRIDE) : new Plan.Rest();
  }

  private Plan nextRemedy(Observation observation, List<Attempt> all, Instant now) {
    List<Remedy> remedies =
        observation.policy().remedies().stream()
            .filter(remedy -> applies(remedy, observation))
            .toList();
    return next(remedies, all, now);
  }

  private Plan next(List<Remedy> remedies, List<Attempt> all, Instant now) {
    List<Attempt> attempts = sinceOldSuccess(all, now);
    if (remedies.isEmpty()) {
      return new Plan.Rest();
    }
    long rounds = remedies.stream().mapToLong(remedy -> count(remedy, attempts)).min().orElse(0);
    Remedy next =
        remedies.stream()
            .filter(remedy -> count(remedy, attempts) == rounds)
            .findFirst()
            .orElseThrow();
    boolean roundBegins = next == remedies.get(0);
    if (rounds > 0 && roundBegins) {
      Instant due = ended(attempts.get(attempts.size() - 1), now).plus(pause(rounds));
      if (now.isBefore(due)) {
        return new Plan.Retry(due);
      }
    }
    // A yum that runs may be waiting for us, and another one waits until it has ended.
    return next.isTransaction() && yum != null
        ? new Plan.Await(next, yum.toString(), yum.since())
        : new Plan.Apply(next);
  }

  /** One that ended far in the future did so before the clock was set back; nobody waits for it. */
  private Instant ended(Attempt attempt, Instant now) {
    return attempt.ended().isAfter(now.plus(first)) ? Instant.EPOCH : attempt.ended();
  }

  /**
   * Leaves out what came before a success, unless that success is so fresh that something seems to
   * take the module away again and again.
   */
  private List<Attempt> sinceOldSuccess(List<Attempt> attempts, Instant now) {
    int from = 0;
    for (int at = 0; at < attempts.size(); at++) {
      Attempt attempt = attempts.get(at);
      if (attempt.outcome() == Outcome.INSTALLED && attempt.ended().plus(first).isBefore(now)) {
        from = at + 1;
      }
    }
    return attempts.subList(from, attempts.size());
  }

  /**
   * Whether there is something for a remedy to do: dkms without a registered driver is not a
   * failure, nor is it one that no package has a driver.
   */
  private static boolean applies(Remedy remedy, Observation observation) {
    DriverFacts driver = observation.driverFacts();
    return switch (remedy) {
      case STORED -> false;
      case PACKAGE -> driver.supply().hasPackages();
      case DKMS ->
          driver.supply().hasSource()
              && driver.dkms() == DkmsState.REGISTERED
              // It knows no other compiler than the host's.
              && observation.kernelFacts().toolchain() == Toolchain.HOST;
      case DIRECT -> driver.supply().hasSource();
      case OVERRIDE, INITRAMFS, HEADERS -> true;
    };
  }

  private static long count(Remedy remedy, List<Attempt> attempts) {
    return attempts.stream()
        .filter(attempt -> attempt.remedy() == remedy)
        .filter(attempt -> attempt.outcome() != Outcome.INTERRUPTED)
        .count();
  }

  private Duration pause(long rounds) {
    Duration pause = first;
    for (long round = 1; round < rounds && pause.compareTo(longest) < 0; round++) {
      pause = pause.multipliedBy(2);
    }
    return pause.compareTo(longest) < 0 ? pause : longest;
  }
}
