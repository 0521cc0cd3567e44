package org.kmodkeeper.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Facts.attempt;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.kmodkeeper.config.Settings.Headers;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.DriverFacts.Footprint;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.testing.Facts;

/** Waits one minute after the first round, at most eight. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PlannerTest {
  private static final Planner PLANNER = planner(Headers.LEFT_TO_OPERATOR);
  private static final Plan REST = new Plan.Rest();
  private static final Plan DKMS = new Plan.Apply(Remedy.DKMS);
  private static final Plan DIRECT = new Plan.Apply(Remedy.DIRECT);
  private static final Plan OVERRIDE = new Plan.Apply(Remedy.OVERRIDE);

  private static Planner planner(Headers headers) {
    return new Planner(Duration.ofMinutes(1), Duration.ofMinutes(8), headers, null);
  }

  private static Instant minute(long minute) {
    return Facts.START.plus(Duration.ofMinutes(minute));
  }

  private static Plan plan(long minute, Facts facts, Attempt... attempts) {
    return plan(Rebuild.IF_NEEDED, minute, facts, attempts);
  }

  private static Plan plan(Rebuild rebuild, long minute, Facts facts, Attempt... attempts) {
    List<Attempt> tried = List.of(attempts);
    Finding finding = VerdictRules.judge(facts.observation(), tried, Facts.ADVICE);
    return PLANNER.plan(facts.observation(), finding, tried, rebuild, minute(minute));
  }

  /** That many rounds of dkms and direct, all in the first minute. */
  private static Attempt[] failedRounds(int rounds) {
    List<Attempt> attempts = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      attempts.add(attempt(0, Remedy.DKMS, Outcome.NOTHING_LANDED));
      attempts.add(attempt(0, Remedy.DIRECT, Outcome.BUILD_FAILED));
    }
    return attempts.toArray(Attempt[]::new);
  }

  @Nested
  class Remedies {
    @Test
    void plans_nothing_for_a_ready_driver() {
      assertThat(plan(0, Facts.ready())).isEqualTo(REST);
    }

    @Test
    void checks_a_tree_that_cannot_be_changed_again_each_minute() {
      assertThat(plan(0, Facts.missing().readOnly())).isEqualTo(new Plan.Retry(minute(1)));
      assertThat(plan(Rebuild.REQUESTED, 0, Facts.ready().readOnly())).isEqualTo(REST);
    }

    @Test
    void plans_the_first_remedy_first() {
      assertThat(plan(0, Facts.missing())).isEqualTo(DKMS);
      assertThat(plan(0, Facts.missing().remedies(Remedy.DIRECT, Remedy.DKMS))).isEqualTo(DIRECT);
    }

    @ParameterizedTest
    @EnumSource(
        mode = EnumSource.Mode.EXCLUDE,
        names = {"INTERRUPTED", "INSTALLED"})
    void plans_the_second_remedy_at_once_if_the_first_failed(Outcome outcome) {
      assertThat(plan(0, Facts.missing(), attempt(0, Remedy.DKMS, outcome))).isEqualTo(DIRECT);
    }

    @Test
    void does_not_count_an_interrupted_attempt() {
      assertThat(plan(0, Facts.missing(), attempt(0, Remedy.DKMS, Outcome.INTERRUPTED)))
          .isEqualTo(DKMS);
    }

    @Test
    void omits_dkms_for_a_driver_that_it_does_not_know() {
      assertThat(plan(0, Facts.missing().dkms(DkmsState.NOT_REGISTERED))).isEqualTo(DIRECT);
      assertThat(plan(0, Facts.missing().dkms(DkmsState.NOT_INSTALLED))).isEqualTo(DIRECT);
    }

    @Test
    void builds_without_dkms_in_a_disposable_toolchain() {
      Facts facts = Facts.missing().withoutHeaders().lacking("gcc").disposableToolchain();

      assertThat(plan(0, facts)).isEqualTo(DIRECT);
    }

    @Test
    void plans_nothing_if_no_remedy_applies() {
      Facts facts = Facts.missing().remedies(Remedy.DKMS).dkms(DkmsState.NOT_INSTALLED);

      assertThat(plan(0, facts)).isEqualTo(REST);
    }

    @Test
    void tries_nothing_before_its_precondition_is_there() {
      assertThat(plan(0, Facts.missing().withoutHeaders())).isEqualTo(REST);
      assertThat(plan(0, Facts.missing().lacking("gcc"))).isEqualTo(REST);
      assertThat(plan(0, Facts.missing().withoutSource(Footprint.USED_BEFORE))).isEqualTo(REST);
      assertThat(plan(0, Facts.missing().withoutSource(Footprint.NEVER_USED))).isEqualTo(REST);
    }

    @Test
    void builds_an_unsigned_module_in_case_there_is_a_key_by_now() {
      Fit unsigned =
          new Fit(Facts.TREE, 1, List.of(), List.of(), List.of(), Fit.Signature.ABSENT, "");
      Facts facts = Facts.missing().fit(unsigned);

      assertThat(plan(0, facts)).isEqualTo(DKMS);
    }
  }

  @Nested
  class Rounds {
    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,4", "4,8", "5,8", "40,8"})
    void doubles_the_wait_after_each_round_up_to_the_longest(int rounds, long minutes) {
      Plan plan = plan(0, Facts.missing(), failedRounds(rounds));

      assertThat(plan).isEqualTo(new Plan.Retry(minute(minutes).plusSeconds(1)));
    }

    @Test
    void begins_the_next_round_with_the_first_remedy_after_the_wait() {
      assertThat(plan(2, Facts.missing(), failedRounds(1))).isEqualTo(DKMS);
    }

    @Test
    void finishes_a_round_without_a_wait() {
      Attempt[] attempts = {
        attempt(0, Remedy.DKMS, Outcome.NOTHING_LANDED),
        attempt(0, Remedy.DIRECT, Outcome.BUILD_FAILED),
        attempt(2, Remedy.DKMS, Outcome.NOTHING_LANDED)
      };

      assertThat(plan(2, Facts.missing(), attempts)).isEqualTo(DIRECT);
    }

    @Test
    void rebuilds_at_once_a_module_removed_long_after_installation() {
      Attempt[] attempts = {
        attempt(0, Remedy.DKMS, Outcome.NOTHING_LANDED),
        attempt(0, Remedy.DIRECT, Outcome.INSTALLED)
      };

      assertThat(plan(60, Facts.missing(), attempts)).isEqualTo(DKMS);
    }

    @Test
    void pauses_for_a_module_removed_right_after_installation() {
      Attempt[] attempts = {
        attempt(0, Remedy.DKMS, Outcome.NOTHING_LANDED),
        attempt(0, Remedy.DIRECT, Outcome.INSTALLED)
      };

      assertThat(plan(0, Facts.missing(), attempts)).isInstanceOf(Plan.Retry.class);
    }
  }

  @Nested
  class Requests {
    @Test
    void rebuilds_once_on_request_what_is_ready() {
      Attempt built = attempt(0, Remedy.DKMS, Outcome.INSTALLED);

      assertThat(plan(Rebuild.REQUESTED, 0, Facts.ready())).isEqualTo(DKMS);
      assertThat(plan(Rebuild.REQUESTED, 0, Facts.ready(), built)).isEqualTo(REST);
    }

    @Test
    void never_builds_on_request_what_cannot_be_built() {
      assertThat(plan(Rebuild.REQUESTED, 0, Facts.ready().withoutHeaders())).isEqualTo(REST);
      assertThat(plan(Rebuild.REQUESTED, 0, Facts.ready().lacking("make"))).isEqualTo(REST);
    }
  }

  @Nested
  class Overrides {
    @Test
    void overrides_a_copy_that_wins_over_ours() {
      assertThat(plan(0, Facts.shadowed())).isEqualTo(OVERRIDE);
    }

    @Test
    void does_not_repeat_an_override_that_did_not_help() {
      Attempt failed = attempt(0, Remedy.OVERRIDE, Outcome.NOTHING_LANDED);

      assertThat(plan(600, Facts.shadowed(), failed)).isEqualTo(REST);
    }

    @Test
    void tries_an_interrupted_override_again() {
      Attempt interrupted = attempt(0, Remedy.OVERRIDE, Outcome.INTERRUPTED);

      assertThat(plan(0, Facts.shadowed(), interrupted)).isEqualTo(OVERRIDE);
    }

    @Test
    void writes_no_override_for_what_it_cannot_fix() {
      Facts builtIn = Facts.missing().module(Resolution.BUILT_IN, null, Facts.ours(), null);
      Facts command =
          Facts.missing().module(Resolution.INSTALL_COMMAND, null, Facts.ours(), "install x");

      assertThat(plan(0, builtIn)).isEqualTo(REST);
      assertThat(plan(0, command)).isEqualTo(REST);
    }
  }

  @Nested
  class MissingHeaders {
    @Test
    void fetches_missing_headers_where_the_operator_wants_it() {
      var observation = Facts.missing().withoutHeaders().observation();
      Finding finding = VerdictRules.judge(observation, List.of(), Facts.ADVICE);

      Plan plan =
          planner(Headers.FETCHED)
              .plan(observation, finding, List.of(), Rebuild.IF_NEEDED, minute(0));

      assertThat(plan).isEqualTo(new Plan.Apply(Remedy.HEADERS));
    }

    @Test
    void defers_headers_until_a_yum_ends() {
      var observation = Facts.missing().withoutHeaders().observation();
      List<Attempt> attempts = List.of(attempt(0, Remedy.HEADERS, Outcome.BUILD_FAILED));
      var yum = new YumLock.Holder(4711, Facts.START);
      var planner = new Planner(Duration.ofMinutes(1), Duration.ofMinutes(8), Headers.FETCHED, yum);
      Finding finding = VerdictRules.judge(observation, attempts, Facts.ADVICE);

      Plan early = planner.plan(observation, finding, attempts, Rebuild.IF_NEEDED, minute(0));
      Plan due = planner.plan(observation, finding, attempts, Rebuild.IF_NEEDED, minute(2));

      assertThat(early).isInstanceOf(Plan.Retry.class);
      assertThat(due).isEqualTo(new Plan.Await(Remedy.HEADERS, "yum (pid 4711)", Facts.START));
    }

    @Test
    void builds_without_waiting_for_a_yum_to_end() {
      var planner =
          new Planner(
              Duration.ofMinutes(1),
              Duration.ofMinutes(8),
              Headers.FETCHED,
              new YumLock.Holder(4711, Facts.START));
      var observation = Facts.missing().observation();
      Finding finding = VerdictRules.judge(observation, List.of(), Facts.ADVICE);

      assertThat(planner.plan(observation, finding, List.of(), Rebuild.IF_NEEDED, minute(0)))
          .isEqualTo(DKMS);
    }

    @Test
    void retries_failed_headers_after_a_pause() {
      var observation = Facts.missing().withoutHeaders().observation();
      List<Attempt> attempts = List.of(attempt(0, Remedy.HEADERS, Outcome.BUILD_FAILED));
      Finding finding = VerdictRules.judge(observation, attempts, Facts.ADVICE);

      Plan plan =
          planner(Headers.FETCHED)
              .plan(observation, finding, attempts, Rebuild.IF_NEEDED, minute(0));

      assertThat(plan).isEqualTo(new Plan.Retry(minute(1).plusSeconds(1)));
    }
  }
}
