package org.kmodkeeper.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LogLimitTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final AtomicLong now = new AtomicLong(-1);
  private final LogLimit limit = new LogLimit(MINUTE, now::get);

  @Test
  void allows_each_subject_one_line_in_an_interval() {
    assertThat(limit.admits(1000)).isTrue();
    assertThat(limit.admits(1000)).isFalse();
    assertThat(limit.admits(1001)).isTrue();

    now.addAndGet(MINUTE.toNanos());

    assertThat(limit.admits(1000)).isTrue();
    assertThat(limit.admits(1000)).isFalse();
  }

  @Test
  void limits_the_lines_however_many_subjects_there_are() {
    long admitted = IntStream.range(0, 65536).filter(limit::admits).count();

    assertThat(admitted).isEqualTo(LogLimit.MAX_LINES);
  }
}
