package org.kmodkeeper.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.BootState;
import org.kmodkeeper.model.BootState.Certainty;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.reconcile.StatePublisher.Loop;
import org.kmodkeeper.reconcile.StatePublisher.Published;
import org.kmodkeeper.testing.Facts;

class HostMetricsTest extends MetricsFixture {
  private static final Path MOK = Path.of("/var/lib/dkms/mok.pub");

  /** src-test/lint has promtool check the same text. */
  @Test
  void writes_the_text_that_promtool_accepts() throws Exception {
    kernel(NEW, cell(NEW, Verdict.BUILD_FAILED, Facts.attempt(1, Remedy.DKMS, Outcome.TIMED_OUT)));
    kernel(OLD, cell(OLD, Verdict.READY, Facts.attempt(2, Remedy.DIRECT, Outcome.INSTALLED)));
    boot = new BootState(OLD, Certainty.KNOWN, new BootState.Hold(NEW, Facts.START));
    offer("6.1.0-3.el9.x86_64", Verdict.READY);
    offer("6.1.0-4.el9.x86_64", Verdict.SYMBOL_MISMATCH);
    offer("6.1.0-4.el9.x86_64+rt", Verdict.READY);
    certificates = Map.of(MOK, Facts.START.plus(Duration.ofDays(365)));
    attempts.see(state());

    assertThat(text())
        .isEqualTo(
            Files.readString(Path.of("src-test/resources/org/kmodkeeper/metrics/kmodkeeper.prom")));
  }

  @Test
  void writes_nothing_before_the_first_look() {
    var nothing = new Published(1, null, null, Loop.BUSY, null);

    assertThat(new HostMetrics("0.1.0", nothing, attempts).text(1)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void has_every_verdict_as_a_label(Verdict verdict) {
    kernel(NEW, verdict);

    assertThat(samples(Metric.DRIVER_READY))
        .containsExactly(
            "{kernel=\"%s\",driver=\"ixgbevf\",version=\"1.2\",verdict=\"%s\",required=\"yes\"} %d"
                .formatted(NEW, verdict, verdict.bootable() ? 1 : 0));
  }

  @Test
  void drops_the_series_of_a_kernel_that_has_gone() {
    kernel(NEW, Verdict.READY);
    kernel(OLD, Verdict.READY);
    assertThat(text()).contains(OLD.release());

    kernels.remove(1);

    assertThat(text()).contains(NEW.release()).doesNotContain(OLD.release());
  }

  @Test
  void drops_the_answer_for_a_kernel_that_was_installed() {
    offer(NEW.release(), Verdict.READY);
    assertThat(samples(Metric.OFFERED_DRIVER_READY)).hasSize(1);

    kernel(NEW, Verdict.READY);

    assertThat(samples(Metric.OFFERED_DRIVER_READY)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "READY, 1",
    "MISSING, 1",
    "EXCLUDED, 1",
    "BUILD_FAILED, 0",
    "NO_HEADERS, 0",
    "UNKNOWN, 0"
  })
  void says_whether_a_driver_will_be_ready(Verdict verdict, int value) {
    offer(NEW.release(), verdict);

    assertThat(samples(Metric.OFFERED_DRIVER_READY))
        .singleElement()
        .asString()
        .contains("verdict=\"" + verdict + "\"")
        .endsWith("} " + value);
  }

  @Test
  void has_the_newest_offered_kernel_of_each_variant() {
    for (int number = 20; number > 0; number--) {
      offer("6.1.0-" + number + ".el9.x86_64", Verdict.READY);
    }
    offer("6.1.0-3.el9.x86_64+rt", Verdict.READY);

    assertThat(samples(Metric.OFFERED_DRIVER_READY))
        .extracting(line -> line.split("\"", 3)[1])
        .containsExactly("6.1.0-20.el9.x86_64", "6.1.0-3.el9.x86_64+rt");
  }

  @Test
  void leaves_out_an_offered_kernel_older_than_an_installed_one() {
    kernel(NEW, Verdict.READY);
    offer(OLD.release(), Verdict.BUILD_FAILED);

    assertThat(samples(Metric.OFFERED_DRIVER_READY)).isEmpty();
  }

  @Test
  void has_one_sample_for_what_was_answered_twice() {
    offer(NEW.release(), Verdict.READY);
    offer(NEW.release(), Verdict.READY);

    assertThat(samples(Metric.OFFERED_DRIVER_READY)).hasSize(1);
  }

  @Test
  void has_at_most_50_series_for_a_driver_and_3_kernels() {
    for (int number = 1; number <= 3; number++) {
      var kernel = new Kernel("6.1.0-" + number + ".el9.x86_64");
      for (Remedy remedy : List.of(Remedy.STORED, Remedy.DKMS, Remedy.DIRECT)) {
        for (Outcome outcome : List.of(Outcome.BUILD_FAILED, Outcome.INSTALLED)) {
          kernels.clear();
          kernel(kernel, cell(kernel, Verdict.READY, Facts.attempt(number, remedy, outcome)));
          attempts.see(state());
        }
      }
    }
    kernels.clear();
    for (int number = 1; number <= 3; number++) {
      kernel(new Kernel("6.1.0-" + number + ".el9.x86_64"), Verdict.BUILD_FAILED);
    }
    for (int number = 4; number < 20; number++) {
      offer("6.1.0-" + number + ".el9.x86_64", Verdict.READY);
    }
    boot = new BootState(NEW, Certainty.KNOWN, new BootState.Hold(OLD, Facts.START));
    certificates = Map.of(MOK, Facts.START, Path.of("/etc/pki/one.der"), Facts.START);

    assertThat(samples()).hasSizeBetween(28, 50);
  }

  @ParameterizedTest
  @CsvSource({
    "KNOWN, READY, 1",
    "KNOWN, MISSING, 0",
    "LACKING, READY, 0",
    "UNDECIDED, READY, 0",
    "UNSUPPORTED, READY, 1",
    "UNSUPPORTED, MISSING, 0"
  })
  void says_whether_the_next_boot_is_safe(Certainty certainty, Verdict verdict, int value) {
    kernel(NEW, verdict);
    boot = new BootState(NEW, certainty, null);

    assertThat(samples(Metric.NEXT_BOOT_SAFE)).containsExactly(" " + value);
  }

  @Test
  void does_not_call_a_boot_into_an_unknown_kernel_safe() {
    kernel(NEW, Verdict.READY);
    boot = new BootState(OLD, Certainty.KNOWN, null);

    assertThat(samples(Metric.NEXT_BOOT_SAFE)).containsExactly(" 0");
  }

  @Test
  void has_a_start_only_of_a_hold_that_is_in_force() {
    kernel(NEW, Verdict.READY);
    assertThat(samples(Metric.HOLD_ACTIVE)).containsExactly(" 0");
    assertThat(samples(Metric.HOLD_START_TIMESTAMP_SECONDS)).isEmpty();

    boot = new BootState(OLD, Certainty.KNOWN, new BootState.Hold(NEW, Facts.START));

    assertThat(samples(Metric.HOLD_ACTIVE)).containsExactly(" 1");
    assertThat(samples(Metric.HOLD_START_TIMESTAMP_SECONDS))
        .containsExactly("{kernel=\"" + NEW + "\"} " + Facts.START.getEpochSecond());
  }

  @Test
  void says_that_the_last_pass_could_not_read_the_host() {
    assertThat(samples(Metric.LAST_PASS_SUCCESS)).containsExactly(" 1");

    trouble = "cannot read /lib/modules";

    assertThat(samples(Metric.LAST_PASS_SUCCESS)).containsExactly(" 0");
  }

  @Test
  void escapes_the_value_of_a_label() {
    certificates = Map.of(Path.of("/etc/a \"b\"\\c\nd"), Facts.START);

    assertThat(samples(Metric.CERTIFICATE_EXPIRY_TIMESTAMP_SECONDS))
        .containsExactly("{path=\"/etc/a \\\"b\\\"\\\\c\\nd\"} " + Facts.START.getEpochSecond());
  }
}
