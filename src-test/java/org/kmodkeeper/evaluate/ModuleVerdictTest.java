package org.kmodkeeper.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Facts.attempt;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.ModuleFile.VermagicFit;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.Facts;

/** The verdict that the module on disk leads to. */
class ModuleVerdictTest extends VerdictRulesFixture {

  private static Fit fit(List<String> troubles, List<Path> missing) {
    return new Fit(Facts.TREE, 1, troubles, missing, missing, Signature.NOT_NEEDED, "");
  }

  @Nested
  class Ready {
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
  }

  @Nested
  class ResolvedFile {
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
      Finding finding =
          judge(Facts.missing().module(Resolution.BUILT_IN, null, Facts.ours(), null));

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
    void never_calls_ready_what_could_not_be_found_out() {
      Finding finding =
          judge(Facts.missing().module(Resolution.UNREADABLE, null, Facts.ours(), "out of memory"));

      assertThat(finding.verdict()).isEqualTo(Verdict.UNKNOWN);
      assertThat(finding.detail()).isEqualTo("out of memory");
    }
  }

  @Nested
  class SymbolsAndSignature {
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
      Facts lacking = Facts.missing().fit(fit(List.of(), List.of(Facts.TREE.resolve("mdio.ko"))));
      Facts both = lacking.and(Facts.missing().observation().modules().get(0));

      assertThat(judge(both).verdict()).isEqualTo(Verdict.MISSING);
    }

    @ParameterizedTest
    @CsvSource({
      "ABSENT, keys enroll",
      "UNKNOWN_KEY, keys enroll",
      "NOT_YET_ENROLLED, at the console",
      "NOT_A_CA, enroll a CA",
      "LIST_NOT_TRUSTED, mokutil --trust-mok",
      "REVOKED, another key"
    })
    void advises_by_what_keeps_a_signature_from_being_accepted(Signature signature, String advice) {
      Fit fit =
          new Fit(Facts.TREE, 1, List.of(), List.of(), List.of(), signature, "it is not signed");

      Finding finding = judge(Facts.missing().fit(fit));

      assertThat(finding.verdict()).isEqualTo(Verdict.UNSIGNED);
      assertThat(finding.detail()).contains("it is not signed");
      assertThat(finding.advice()).contains(advice);
    }

    @Test
    void reports_a_module_changed_after_its_signing_as_damaged() {
      Fit fit =
          new Fit(
              Facts.TREE, 1, List.of(), List.of(), List.of(), Signature.BROKEN, "it was changed");

      Finding finding = judge(Facts.missing().fit(fit));

      assertThat(finding.verdict()).isEqualTo(Verdict.DAMAGED);
      assertThat(finding.detail()).endsWith("extra/ixgbevf.ko: it was changed");
    }
  }
}
