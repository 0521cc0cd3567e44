package org.kmodkeeper.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverFacts;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.reconcile.Reconciler;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestClock;
import org.kmodkeeper.testing.TestModule;

/** The evidence of real builds below a temporary root, as it travels. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class ExplanationTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final TestClock clock = new TestClock();
  private final Reconciler reconciler;

  ExplanationTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE).withHeaders();
    reconciler =
        Reconciler.open(
            host.paths(),
            host.runner(),
            HostFixture.settings(HostFixture.driver("ixgbevf"), HostFixture.driver("absent")),
            clock);
  }

  private Explanation explained(String driver) throws IOException, InterruptedException {
    return Explanation.of(reconciler.reader(), RELEASE, driver).get(0);
  }

  @Test
  void explains_all_drivers_of_a_kernel_unless_one_is_named() throws Exception {
    assertThat(Explanation.of(reconciler.reader(), RELEASE, null)).hasSize(2);
    assertThat(Explanation.of(reconciler.reader(), RELEASE, "absent")).hasSize(1);
    assertThat(Explanation.of(reconciler.reader(), "9.9", null)).isEmpty();
  }

  @Test
  void explains_a_ready_driver_by_its_file_and_its_fit() throws Exception {
    host.source("ixgbevf", "1.2");
    HostFixture.write(host.root().resolve("etc/modprobe.d/a.conf"), "options ixgbevf debug=1\n");
    reconciler.pass(() -> false);

    Explanation explanation = explained("ixgbevf");

    Path file = kernel.file("extra/ixgbevf.ko");
    assertThat(explanation.driver().verdict()).isEqualTo(Verdict.READY);
    assertThat(explanation.origin()).isEqualTo(Policy.Origin.CONFIGURED);
    assertThat(explanation.source()).endsWith("/usr/src/ixgbevf-1.2");
    assertThat(explanation.remedies()).containsExactly(Remedy.STORED, Remedy.DKMS, Remedy.DIRECT);
    assertThat(explanation.headers()).isEqualTo(kernel.file("build").toString());
    assertThat(explanation.dkms()).isEqualTo(DriverFacts.DkmsState.NOT_INSTALLED);
    Explanation.ModuleFacts module = explanation.modules().get(0);
    assertThat(module.resolution()).isEqualTo(Observation.Resolution.FILE);
    assertThat(module.settings())
        .singleElement()
        .asString()
        .endsWith("a.conf:1: options ixgbevf debug=1");
    assertThat(module.resolved())
        .isEqualTo(
            new Explanation.FileFacts(
                file.toString(),
                false,
                "1.2",
                RELEASE + " SMP mod_unload",
                true,
                Provenance.VERSION))
        .isEqualTo(module.ours());
    assertThat(module.fit())
        .isEqualTo(
            new Fit(
                kernel.file("build/Module.symvers"),
                0,
                List.of(),
                List.of(),
                List.of(),
                Fit.Signature.NOT_NEEDED,
                "not signed"));
    assertThat(module.initramfs())
        .isEqualTo(new InitramfsCopy(InitramfsCopy.Match.NO_IMAGE, null, null));
    assertThat(explanation.attempts())
        .singleElement()
        .satisfies(
            attempt -> {
              assertThat(attempt.started()).isEqualTo("2026-01-01T00:00:00Z");
              assertThat(attempt.outcome()).isEqualTo(Attempt.Outcome.INSTALLED);
              assertThat(attempt.current()).isTrue();
              assertThat(attempt.log()).endsWith("/ixgbevf-1.2.direct.log");
            });
  }

  @Test
  void explains_an_unready_driver_by_what_stands_in_its_way() throws Exception {
    TestModule.named("ixgbevf").builtFor(RELEASE).at(kernel.file("kernel/ixgbevf.ko"));
    kernel.depmod();
    host.source("ixgbevf", "1.2");
    host.without("make");

    Explanation explanation = explained("ixgbevf");

    assertThat(explanation.driver().verdict()).isEqualTo(Verdict.NO_COMPILER);
    assertThat(explanation.missingTools()).containsExactly("make");
    assertThat(explanation.vermagic()).isEqualTo(RELEASE + " SMP mod_unload");
    Explanation.ModuleFacts module = explanation.modules().get(0);
    assertThat(Objects.requireNonNull(module.resolved()).inTree()).isTrue();
    assertThat(module.ours()).isNull();
    assertThat(module.initramfs()).isNull();
    assertThat(explanation.attempts()).isEmpty();
  }

  @Test
  void calls_an_attempt_outdated_once_the_source_has_changed() throws Exception {
    Path source = host.source("ixgbevf", "1.2");
    HostFixture.write(source.resolve("ixgbevf.c"), "#error broken\n");
    reconciler.pass(() -> false);
    assertThat(explained("ixgbevf").due()).isNull();

    HostFixture.write(source.resolve("ixgbevf.c"), "int mended;\n");

    Explanation explanation = explained("ixgbevf");
    assertThat(explanation.attempts()).isNotEmpty().noneMatch(Explanation.PastAttempt::current);
    assertThat(explanation.due()).isEqualTo(Remedy.DIRECT);
  }

  @Test
  void shows_neither_modules_nor_source_of_a_driver_without_one() throws Exception {
    Explanation explanation = explained("absent");

    assertThat(explanation.source()).isNull();
    assertThat(explanation.modules()).isEmpty();
    assertThat(explanation.driver().verdict()).isEqualTo(Verdict.NOT_SET_UP);
  }
}
