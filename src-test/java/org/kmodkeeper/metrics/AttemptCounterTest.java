package org.kmodkeeper.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.Facts;

class AttemptCounterTest extends MetricsFixture {
  private void see(Attempt last) {
    kernels.clear();
    kernel(NEW, cell(NEW, Verdict.READY, last));
    attempts.see(state());
  }

  @Test
  void counts_each_attempt_once() {
    see(Facts.attempt(1, Remedy.DKMS, Outcome.BUILD_FAILED));
    see(Facts.attempt(1, Remedy.DKMS, Outcome.BUILD_FAILED));
    see(Facts.attempt(2, Remedy.DKMS, Outcome.BUILD_FAILED));
    see(Facts.attempt(3, Remedy.DIRECT, Outcome.INSTALLED));

    assertThat(samples(Metric.ATTEMPTS_TOTAL))
        .containsExactly(
            "{remedy=\"dkms\",outcome=\"build-failed\"} 2",
            "{remedy=\"direct\",outcome=\"installed\"} 1");
    assertThat(samples(Metric.ATTEMPT_SECONDS_TOTAL))
        .containsExactly(
            "{remedy=\"dkms\",outcome=\"build-failed\"} 2.0",
            "{remedy=\"direct\",outcome=\"installed\"} 1.0");
  }

  @Test
  void leaves_out_what_an_earlier_daemon_tried() {
    see(Facts.attempt(-1, Remedy.DKMS, Outcome.INSTALLED));

    assertThat(samples(Metric.ATTEMPTS_TOTAL)).isEmpty();
  }

  @Test
  void keeps_the_count_of_a_kernel_that_has_gone() {
    see(Facts.attempt(1, Remedy.DKMS, Outcome.INSTALLED));
    kernels.clear();

    attempts.see(state());

    assertThat(samples(Metric.ATTEMPTS_TOTAL))
        .containsExactly("{remedy=\"dkms\",outcome=\"installed\"} 1");
  }
}
