package org.kmodkeeper.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class JsonTest {
  private record Everything(
      Verdict verdict,
      @Nullable Remedy remedy,
      Path path,
      Instant at,
      Duration took,
      Kernel kernel) {}

  private static final Everything VALUES =
      new Everything(
          Verdict.NO_HEADERS,
          Remedy.DKMS,
          Path.of("/boot/a"),
          Instant.EPOCH,
          Duration.ofSeconds(3),
          new Kernel("6.1.0-1"));

  private static final String TEXT =
      "{\"verdict\":\"no-headers\",\"remedy\":\"dkms\",\"path\":\"/boot/a\","
          + "\"at\":\"1970-01-01T00:00:00Z\",\"took\":\"PT3S\",\"kernel\":\"6.1.0-1\"}";

  private static @Nullable Everything read(String text) {
    return Json.GSON.fromJson(text, Everything.class);
  }

  @Test
  void writes_values_as_text_and_reads_them_back() {
    assertThat(Json.GSON.toJson(VALUES)).isEqualTo(TEXT);
    assertThat(read(TEXT)).isEqualTo(VALUES);
  }

  @Test
  void reads_constants_as_earlier_versions_wrote_them() {
    assertThat(read(TEXT.replace("no-headers", "NO_HEADERS"))).isEqualTo(VALUES);
  }

  @Test
  void reads_a_verdict_of_another_version_as_unknown() {
    assertThat(Json.GSON.fromJson("\"cursed\"", Verdict.class)).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void refuses_any_other_constant_of_another_version() {
    assertThatThrownBy(() -> read(TEXT.replace("dkms", "prayer")))
        .isInstanceOf(UnknownWordException.class)
        .hasMessage("remedy \"prayer\" is not known");
  }
}
