package org.kmodkeeper.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.model.KernelFacts.Toolchain;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.Remedy;

/** Settings of a host that holds its default, with short times; a test changes what it is about. */
public record TestSettings(
    Settings.Headers headers,
    Settings.Excluded excluded,
    @Nullable Integer builds,
    Settings.Metrics metrics,
    List<Path> certificates,
    List<Policy> policies) {
  public static TestSettings of(Policy... policies) {
    return new TestSettings(
        Settings.Headers.LEFT_TO_OPERATOR,
        Settings.Excluded.UNSUPPORTED,
        null,
        new Settings.Metrics(Settings.Metrics.Mode.USUAL, null),
        List.of(),
        List.of(policies));
  }

  public TestSettings headers(Settings.Headers other) {
    return new TestSettings(other, excluded, builds, metrics, certificates, policies);
  }

  public TestSettings excluded(Settings.Excluded other) {
    return new TestSettings(headers, other, builds, metrics, certificates, policies);
  }

  /** So many builds side by side. */
  public TestSettings builds(int number) {
    return new TestSettings(headers, excluded, number, metrics, certificates, policies);
  }

  /** Kernels accept what these have signed. */
  public TestSettings certificates(Path... files) {
    return new TestSettings(headers, excluded, builds, metrics, List.of(files), policies);
  }

  /** Metrics are written there. */
  public TestSettings metrics(Settings.Metrics where) {
    return new TestSettings(headers, excluded, builds, where, certificates, policies);
  }

  public Settings settings() {
    return new Settings(
        Duration.ofSeconds(30),
        Duration.ofHours(1),
        Duration.ofMinutes(1),
        Duration.ofHours(1),
        null,
        List.of(Remedy.STORED, Remedy.DKMS, Remedy.DIRECT),
        headers,
        Toolchain.HOST,
        certificates,
        Settings.GuardMode.HOLD,
        excluded,
        PreflightAnswer.Depth.BUILD,
        builds,
        metrics,
        policies);
  }
}
