package org.kmodkeeper.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Facts.attempt;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.DriverFacts.Footprint;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.Facts;

/** The verdict where the module has to be built: what a build lacks, and how attempts ended. */
class VerdictRulesTest extends VerdictRulesFixture {

  @Nested
  class Source {
    @Test
    void calls_a_driver_that_was_never_put_on_the_host_not_set_up() {
      Finding finding = judge(Facts.missing().withoutSource(Footprint.NEVER_USED));

      assertThat(finding.verdict()).isEqualTo(Verdict.NOT_SET_UP);
      assertThat(finding.advice()).contains("kmodkeeper adopt ixgbevf-<version>.tar.gz");
    }

    @Test
    void reports_a_source_that_has_gone_as_no_source() {
      Finding finding = judge(Facts.missing().withoutSource(Footprint.USED_BEFORE));

      assertThat(finding.verdict()).isEqualTo(Verdict.NO_SOURCE);
      assertThat(finding.detail()).contains("/usr/src/ixgbevf-<version>");
    }

    @Test
    void reports_a_missing_pinned_version_as_no_source() {
      Finding finding = judge(Facts.missing().pinned("4.5").withoutSource(Footprint.NEVER_USED));

      assertThat(finding.verdict()).isEqualTo(Verdict.NO_SOURCE);
      assertThat(finding.detail()).contains("/usr/src/ixgbevf-4.5");
    }
  }

  @Nested
  class Tools {
    @Test
    void names_the_package_manager_of_the_host_in_advice() {
      Advice yum = new Advice("yum");

      assertThat(
              VerdictRules.judge(Facts.missing().withoutHeaders().observation(), List.of(), yum)
                  .advice())
          .startsWith("yum install 'kernel-devel-uname-r ");
      assertThat(
              VerdictRules.judge(Facts.missing().lacking("gcc").observation(), List.of(), yum)
                  .advice())
          .isEqualTo("yum install gcc");
    }

    @Test
    void distinguishes_missing_headers_from_a_failed_build() {
      Finding finding =
          judge(Facts.missing().withoutHeaders(), attempt(0, Remedy.DIRECT, Outcome.BUILD_FAILED));

      assertThat(finding.verdict()).isEqualTo(Verdict.NO_HEADERS);
      assertThat(finding.advice())
          .isEqualTo("dnf install 'kernel-devel-uname-r = 6.1.0-1.el9.x86_64'");
    }

    @Test
    void names_the_packages_to_install_without_a_compiler() {
      Finding finding = judge(Facts.missing().lacking("make", "gcc"));

      assertThat(finding.verdict()).isEqualTo(Verdict.NO_COMPILER);
      assertThat(finding.detail()).contains("make", "gcc");
      assertThat(finding.advice()).isEqualTo("dnf install make gcc");
    }

    @Test
    void lacks_neither_headers_nor_compiler_with_a_toolchain() {
      Facts facts = Facts.missing().withoutHeaders().lacking("gcc").disposableToolchain();

      assertThat(judge(facts).verdict()).isEqualTo(Verdict.MISSING);
      assertThat(judge(facts, attempt(0, Remedy.DIRECT, Outcome.BUILD_FAILED)).verdict())
          .isEqualTo(Verdict.BUILD_FAILED);
      assertThat(judge(facts.remedies(Remedy.DKMS)).detail())
          .endsWith(
              "; dkms does not build with a disposable toolchain; the direct build is switched off"
                  + " by remedies");
    }

    @Test
    void reports_a_read_only_tree_before_missing_build_tools() {
      Finding finding = judge(Facts.missing().withoutHeaders().readOnly());

      assertThat(finding.verdict()).isEqualTo(Verdict.READ_ONLY);
      assertThat(finding.detail()).contains("/lib/modules/6.1.0-1.el9.x86_64", "read-only");
      assertThat(judge(Facts.shadowed().readOnly()).verdict()).isEqualTo(Verdict.READ_ONLY);
    }

    @Test
    void sends_to_the_build_of_the_image_that_a_host_is_made_of() {
      Finding finding = judge(Facts.missing().partOfImage());

      assertThat(finding.verdict()).isEqualTo(Verdict.READ_ONLY);
      assertThat(finding.detail())
          .endsWith("belongs to this host's image and is mounted read-only");
      assertThat(finding.advice()).endsWith("where the image is built: kmodkeeper prepare");
    }

    @Test
    void calls_a_driver_ready_in_a_tree_that_cannot_be_changed() {
      assertThat(judge(Facts.ready().readOnly()).verdict()).isEqualTo(Verdict.READY);
    }
  }

  @Nested
  class Attempts {
    @Test
    void says_that_the_log_of_an_attempt_was_not_kept() {
      Attempt logged = attempt(0, Remedy.DIRECT, Outcome.BUILD_FAILED);
      var unlogged =
          new Attempt(
              logged.started(),
              logged.took(),
              logged.kernel(),
              logged.driver(),
              logged.version(),
              logged.remedy(),
              logged.outcome(),
              logged.inputs(),
              logged.detail(),
              null);

      assertThat(judge(Facts.missing(), unlogged).advice())
          .startsWith("its log could not be written");
    }

    @ParameterizedTest
    @EnumSource(names = {"BUILD_FAILED", "TIMED_OUT", "NOT_PROVEN"})
    void reports_a_failed_remedy_with_its_reason_and_log(Outcome outcome) {
      Finding finding = judge(Facts.missing(), attempt(0, Remedy.DIRECT, outcome));

      assertThat(finding.verdict()).isEqualTo(Verdict.BUILD_FAILED);
      assertThat(finding.detail()).isEqualTo("direct: direct said so");
      assertThat(finding.advice()).endsWith("ixgbevf-1.2.direct.log");
    }

    @Test
    void calls_a_driver_missing_after_a_remedy_that_declined() {
      Finding finding = judge(Facts.missing(), attempt(0, Remedy.DKMS, Outcome.NOTHING_LANDED));

      assertThat(finding.verdict()).isEqualTo(Verdict.MISSING);
      assertThat(finding.detail()).isEqualTo("dkms: dkms said so");
    }

    @Test
    void keeps_the_advice_on_a_signature_after_a_remedy() {
      Fit fit =
          new Fit(
              Facts.TREE, 1, List.of(), List.of(), List.of(), Fit.Signature.UNKNOWN_KEY, "by X");

      Finding finding =
          judge(Facts.missing().fit(fit), attempt(0, Remedy.DKMS, Outcome.NOTHING_LANDED));

      assertThat(finding.detail()).endsWith(": by X");
      assertThat(finding.advice()).contains("keys enroll");
    }

    @Test
    void prefers_a_compilers_error_to_a_later_tool_that_declined() {
      Finding finding =
          judge(
              Facts.missing(),
              attempt(0, Remedy.DIRECT, Outcome.BUILD_FAILED),
              attempt(1, Remedy.DKMS, Outcome.NOTHING_LANDED));

      assertThat(finding.verdict()).isEqualTo(Verdict.BUILD_FAILED);
      assertThat(finding.detail()).startsWith("direct: ");
    }

    @Test
    void reports_the_newer_of_two_failures() {
      Finding finding =
          judge(
              Facts.missing(),
              attempt(0, Remedy.DKMS, Outcome.BUILD_FAILED),
              attempt(1, Remedy.DIRECT, Outcome.TIMED_OUT));

      assertThat(finding.detail()).startsWith("direct: ");
    }

    @Test
    void does_not_take_an_interrupted_attempt_for_a_failure() {
      Finding finding = judge(Facts.missing(), attempt(0, Remedy.DIRECT, Outcome.INTERRUPTED));

      assertThat(finding.verdict()).isEqualTo(Verdict.MISSING);
      assertThat(finding.detail()).doesNotContain("said so");
    }
  }

  @Nested
  class DirectDisabled {
    @Test
    void says_that_dkms_does_not_know_it_with_direct_disabled() {
      Finding finding = judge(Facts.missing().remedies(Remedy.DKMS).dkms(DkmsState.NOT_REGISTERED));

      assertThat(finding.verdict()).isEqualTo(Verdict.MISSING);
      assertThat(finding.detail())
          .contains("dkms does not know ixgbevf/1.2")
          .contains("direct build is switched off");
      assertThat(finding.advice()).isEqualTo("dkms add ixgbevf/1.2");
    }

    @Test
    void says_the_same_where_another_version_is_installed() {
      Finding finding =
          judge(
              Facts.missing()
                  .module(Resolution.FILE, Facts.file("extra/ixgbevf.ko", "1.0"), null, null)
                  .remedies(Remedy.DKMS)
                  .dkms(DkmsState.NOT_REGISTERED));

      assertThat(finding.verdict()).isEqualTo(Verdict.WRONG_VERSION);
      assertThat(finding.detail())
          .contains("is version 1.0, expected 1.2; dkms does not know ixgbevf/1.2; the direct");
      assertThat(finding.advice()).isEqualTo("dkms add ixgbevf/1.2");
    }

    @Test
    void says_that_dkms_is_not_installed_with_direct_disabled() {
      Finding finding = judge(Facts.missing().remedies(Remedy.DKMS).dkms(DkmsState.NOT_INSTALLED));

      assertThat(finding.detail()).contains("dkms is not installed");
      assertThat(finding.advice()).isEqualTo("dnf install dkms");
    }

    @Test
    void advises_enabling_direct_when_dkms_declined() {
      Finding finding =
          judge(
              Facts.missing().remedies(Remedy.DKMS),
              attempt(0, Remedy.DKMS, Outcome.NOTHING_LANDED));

      assertThat(finding.verdict()).isEqualTo(Verdict.MISSING);
      assertThat(finding.detail()).contains("direct build is switched off");
      assertThat(finding.advice()).startsWith("add direct to remedies");
    }
  }
}
