package org.kmodkeeper.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Facts.attempt;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.ModuleFile.VermagicFit;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.DkmsState;
import org.kmodkeeper.model.Observation.Footprint;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.Facts;

@DisplayNameGeneration(ReplaceUnderscores.class)
class VerdictRulesTest {
  private static Finding judge(Facts facts, Attempt... attempts) {
    return VerdictRules.judge(facts.observation(), List.of(attempts), Facts.ADVICE);
  }

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
  void calls_a_driver_ready_whose_own_module_is_resolved() {
    Finding finding = judge(Facts.ready());

    assertThat(finding.verdict()).isEqualTo(Verdict.READY);
    assertThat(finding.detail()).contains("extra/ixgbevf.ko");
    assertThat(finding.advice()).isNull();
  }

  @Test
  void calls_a_ready_driver_ready_whatever_failed_before() {
    Facts facts = Facts.ready().withoutHeaders().lacking("gcc");

    Finding finding = judge(facts, attempt(0, Remedy.DIRECT, Outcome.BUILD_FAILED));

    assertThat(finding.verdict()).isEqualTo(Verdict.READY);
  }

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

  @Test
  void reports_a_module_that_modprobe_does_not_know_as_missing() {
    assertThat(judge(Facts.missing()).verdict()).isEqualTo(Verdict.MISSING);
  }

  @Test
  void never_takes_an_in_tree_module_of_the_version_for_ours() {
    ModuleFile inTree = Facts.file("kernel/drivers/net/ixgbevf.ko", "1.2");

    Finding finding = judge(Facts.missing().module(Resolution.FILE, inTree, null, null));

    assertThat(finding.verdict()).isEqualTo(Verdict.MISSING);
  }

  @Test
  void reports_a_module_of_another_version_as_the_wrong_one() {
    ModuleFile old = Facts.file("extra/ixgbevf.ko", "1.0");

    Finding finding = judge(Facts.missing().module(Resolution.FILE, old, null, null));

    assertThat(finding.verdict()).isEqualTo(Verdict.WRONG_VERSION);
    assertThat(finding.detail()).contains("version 1.0, expected 1.2");
  }

  @Test
  void calls_an_unproven_module_without_version_wrong_version() {
    ModuleFile stranger = Facts.file("extra/ixgbevf.ko", null);

    Finding finding = judge(Facts.missing().module(Resolution.FILE, stranger, null, null));

    assertThat(finding.verdict()).isEqualTo(Verdict.WRONG_VERSION);
    assertThat(finding.detail()).contains("of unknown version");
  }

  @Test
  void reports_a_module_built_for_another_kernel_as_a_mismatch() {
    ModuleFile foreign =
        new ModuleFile(
            Facts.TREE.resolve("extra/ixgbevf.ko"),
            ModuleFile.Place.ADDED,
            "1.2",
            "5.14.0-1.el9.x86_64 SMP",
            VermagicFit.DIFFERS,
            Provenance.VERSION);

    Finding finding = judge(Facts.missing().module(Resolution.FILE, foreign, null, null));

    assertThat(finding.verdict()).isEqualTo(Verdict.VERMAGIC_MISMATCH);
    assertThat(finding.detail())
        .contains("was built for 5.14.0-1.el9.x86_64 SMP, expected 6.1.0-1.el9.x86_64");
  }

  @Test
  void reports_another_copy_that_wins_as_shadowing_ours() {
    Finding finding = judge(Facts.shadowed());

    assertThat(finding.verdict()).isEqualTo(Verdict.SHADOWED);
    assertThat(finding.detail()).contains("updates/ixgbevf.ko before ");
  }

  @Test
  void reports_that_a_built_in_module_cannot_be_replaced() {
    Finding finding = judge(Facts.missing().module(Resolution.BUILT_IN, null, Facts.ours(), null));

    assertThat(finding.verdict()).isEqualTo(Verdict.BUILT_IN);
  }

  @Test
  void quotes_an_install_line_that_replaces_the_module() {
    Finding finding =
        judge(
            Facts.missing()
                .module(Resolution.INSTALL_COMMAND, null, Facts.ours(), "install /bin/true"));

    assertThat(finding.verdict()).isEqualTo(Verdict.REPLACED);
    assertThat(finding.detail()).contains("install /bin/true");
  }

  @Test
  void reports_a_file_that_is_not_a_whole_module_as_damaged() {
    Finding finding =
        judge(Facts.missing().module(Resolution.DAMAGED, null, null, "x.ko cut short"));

    assertThat(finding.verdict()).isEqualTo(Verdict.DAMAGED);
    assertThat(finding.detail()).isEqualTo("x.ko cut short");
  }

  @Test
  void reports_a_good_module_that_nothing_will_load_as_blacklisted() {
    Finding finding =
        judge(Facts.missing().module(Resolution.BLACKLISTED, Facts.ours(), Facts.ours(), null));

    assertThat(finding.verdict()).isEqualTo(Verdict.BLACKLISTED);
  }

  @Test
  void calls_a_fit_unknown_without_the_kernels_list_of_symbols() {
    assertThat(judge(Facts.missing().fit(null)).verdict()).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void names_a_symbol_that_differs() {
    Finding finding = judge(Facts.missing().fit(fit(List.of("foo is not exported"), List.of())));

    assertThat(finding.verdict()).isEqualTo(Verdict.SYMBOL_MISMATCH);
    assertThat(finding.detail()).contains("foo is not exported");
  }

  @Test
  void reports_a_missing_file_loaded_first_as_dependency() {
    Finding finding =
        judge(Facts.missing().fit(fit(List.of(), List.of(Facts.TREE.resolve("mdio.ko")))));

    assertThat(finding.verdict()).isEqualTo(Verdict.MISSING_DEPENDENCY);
    assertThat(finding.detail()).contains("mdio.ko");
  }

  @Test
  void reports_the_module_that_a_build_fixes_first() {
    Observation built =
        Facts.missing().fit(fit(List.of(), List.of(Facts.TREE.resolve("mdio.ko")))).observation();
    var both = new ArrayList<>(built.modules());
    both.addAll(Facts.missing().observation().modules());
    var observation =
        new Observation(
            built.kernel(),
            built.policy(),
            built.driver(),
            built.excluded(),
            built.unreadable(),
            built.footprint(),
            both,
            built.access(),
            built.headers(),
            built.missingTools(),
            built.dkms(),
            built.inputs());

    assertThat(VerdictRules.judge(observation, List.of(), Facts.ADVICE).verdict())
        .isEqualTo(Verdict.MISSING);
  }

  @ParameterizedTest
  @EnumSource(names = {"ABSENT", "UNKNOWN_KEY"})
  void treats_an_unaccepted_signature_like_a_missing_one(Signature signature) {
    Fit fit =
        new Fit(Facts.TREE, 1, List.of(), List.of(), List.of(), signature, "it is not signed");

    Finding finding = judge(Facts.missing().fit(fit));

    assertThat(finding.verdict()).isEqualTo(Verdict.UNSIGNED);
    assertThat(finding.detail()).contains("it is not signed");
  }

  @Test
  void reports_a_module_changed_after_its_signing_as_damaged() {
    Fit fit =
        new Fit(Facts.TREE, 1, List.of(), List.of(), List.of(), Signature.BROKEN, "it was changed");

    Finding finding = judge(Facts.missing().fit(fit));

    assertThat(finding.verdict()).isEqualTo(Verdict.DAMAGED);
    assertThat(finding.detail()).endsWith("extra/ixgbevf.ko: it was changed");
  }

  private static Fit fit(List<String> troubles, List<Path> missing) {
    return new Fit(Facts.TREE, 1, troubles, missing, missing, Signature.NOT_NEEDED, "");
  }

  @Test
  void never_calls_ready_what_could_not_be_found_out() {
    Finding finding =
        judge(Facts.missing().module(Resolution.UNREADABLE, null, Facts.ours(), "out of memory"));

    assertThat(finding.verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(finding.detail()).isEqualTo("out of memory");
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
  void reports_a_read_only_tree_before_missing_build_tools() {
    Finding finding = judge(Facts.missing().withoutHeaders().readOnly());

    assertThat(finding.verdict()).isEqualTo(Verdict.READ_ONLY);
    assertThat(finding.detail())
        .isEqualTo(
            "ixgbevf 1.2 is not in the kernel's tree; it cannot be installed:"
                + " /lib/modules/6.1.0-1.el9.x86_64 is mounted read-only");
    assertThat(judge(Facts.shadowed().readOnly()).verdict()).isEqualTo(Verdict.READ_ONLY);
  }

  @Test
  void calls_a_driver_ready_in_a_tree_that_cannot_be_changed() {
    assertThat(judge(Facts.ready().readOnly()).verdict()).isEqualTo(Verdict.READY);
  }

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

  @Test
  void names_the_packages_to_install_without_a_compiler() {
    Finding finding = judge(Facts.missing().lacking("make", "gcc"));

    assertThat(finding.verdict()).isEqualTo(Verdict.NO_COMPILER);
    assertThat(finding.detail()).isEqualTo("make and gcc not installed");
    assertThat(finding.advice()).isEqualTo("dnf install make gcc");
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
  void says_that_dkms_is_not_installed_with_direct_disabled() {
    Finding finding = judge(Facts.missing().remedies(Remedy.DKMS).dkms(DkmsState.NOT_INSTALLED));

    assertThat(finding.detail()).contains("dkms is not installed");
    assertThat(finding.advice()).isEqualTo("dnf install dkms");
  }

  @Test
  void advises_enabling_direct_when_dkms_declined() {
    Finding finding =
        judge(
            Facts.missing().remedies(Remedy.DKMS), attempt(0, Remedy.DKMS, Outcome.NOTHING_LANDED));

    assertThat(finding.verdict()).isEqualTo(Verdict.MISSING);
    assertThat(finding.detail()).contains("direct build is switched off");
    assertThat(finding.advice()).startsWith("add direct to remedies");
  }
}
