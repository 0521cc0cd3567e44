package org.kmodkeeper.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Facts.attempt;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.config.Settings.Headers;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.DriverFacts.Supply;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.Facts;

/** Verdicts and plans where packages have a driver's modules. */
class PackagedDriverTest extends VerdictRulesFixture {
  private static final Plan PACKAGE = new Plan.Apply(Remedy.PACKAGE);

  private static Plan plan(Facts facts, YumLock.@Nullable Holder yum, Attempt... attempts) {
    List<Attempt> tried = List.of(attempts);
    return new Planner(Duration.ofMinutes(1), Duration.ofMinutes(8), Headers.FETCHED, yum)
        .plan(facts.observation(), judge(facts, attempts), tried, Rebuild.IF_NEEDED, Facts.START);
  }

  private static Plan plan(Facts facts, Attempt... attempts) {
    return plan(facts, null, attempts);
  }

  private static Facts without(Supply supply) {
    return Facts.missing()
        .supply(supply)
        .dkms(DkmsState.NOT_REGISTERED)
        .withoutHeaders()
        .lacking("make", "gcc")
        .remedies(Remedy.STORED, Remedy.PACKAGE, Remedy.DKMS, Remedy.DIRECT);
  }

  @Test
  void installs_the_package_where_nothing_can_be_built() {
    assertThat(plan(without(Supply.PACKAGES))).isEqualTo(PACKAGE);
    assertThat(plan(without(Supply.BOTH))).isEqualTo(PACKAGE);
  }

  @Test
  void asks_for_no_package_of_a_driver_that_none_has() {
    assertThat(plan(without(Supply.SOURCE))).isEqualTo(new Plan.Apply(Remedy.HEADERS));
  }

  @Test
  void builds_after_a_package_that_does_not_fit() {
    Facts facts =
        Facts.missing().supply(Supply.BOTH).remedies(Remedy.PACKAGE, Remedy.DKMS, Remedy.DIRECT);

    assertThat(plan(facts)).isEqualTo(PACKAGE);
    assertThat(plan(facts, attempt(0, Remedy.PACKAGE, Outcome.NOT_PROVEN)))
        .isEqualTo(new Plan.Apply(Remedy.DKMS));
  }

  @Test
  void tries_again_later_for_a_package_that_may_still_come() {
    assertThat(plan(without(Supply.PACKAGES), attempt(0, Remedy.PACKAGE, Outcome.NOTHING_LANDED)))
        .isInstanceOf(Plan.Retry.class);
  }

  @Test
  void does_not_wait_for_a_remedy_that_does_not_apply() {
    Facts facts = without(Supply.SOURCE).remedies(Remedy.PACKAGE, Remedy.DKMS, Remedy.STORED);

    assertThat(planWithStored(facts)).isEqualTo(new Plan.Apply(Remedy.STORED, "a1"));
    assertThat(planWithStored(facts.supply(Supply.BOTH))).isEqualTo(PACKAGE);
  }

  private static Plan planWithStored(Facts facts) {
    return new Planner(Duration.ofMinutes(1), Duration.ofMinutes(8), Headers.FETCHED, null)
        .plan(
            facts.observation(),
            judge(facts),
            List.of(),
            Rebuild.IF_NEEDED,
            "a1",
            List.of(),
            Facts.START);
  }

  @Test
  void waits_for_the_end_of_a_yum() {
    var yum = new YumLock.Holder(4711, Facts.START);

    assertThat(plan(without(Supply.PACKAGES), yum))
        .isEqualTo(new Plan.Await(Remedy.PACKAGE, "yum (pid 4711)", Facts.START));
  }

  @Test
  void says_why_no_package_has_helped() {
    Finding finding =
        judge(without(Supply.PACKAGES), attempt(0, Remedy.PACKAGE, Outcome.NOTHING_LANDED));

    assertThat(finding.verdict()).isEqualTo(Verdict.NO_COMPILER);
    assertThat(finding.detail())
        .isEqualTo(
            "make and gcc not installed, and no source to build it from;"
                + " package: package said so");
    assertThat(
            judge(
                    without(Supply.PACKAGES).lacking(),
                    attempt(0, Remedy.PACKAGE, Outcome.NOTHING_LANDED))
                .verdict())
        .isEqualTo(Verdict.NO_SOURCE);
    assertThat(judge(without(Supply.BOTH), attempt(0, Remedy.PACKAGE, Outcome.NOT_PROVEN)).detail())
        .isEqualTo(
            "no kernel headers at /lib/modules/6.1.0-1.el9.x86_64/build; package: package said so");
  }

  @Test
  void says_which_remedy_is_switched_off() {
    Finding finding = judge(without(Supply.PACKAGES).remedies(Remedy.STORED));

    assertThat(finding.verdict()).isEqualTo(Verdict.NO_COMPILER);
    assertThat(finding.advice()).startsWith("add package to remedies");
  }
}
