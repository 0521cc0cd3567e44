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
    List<Path> certificates,
    List<Policy> policies) {
  public static TestSettings of(Policy... policies) {
    return new TestSettings(
        Settings.Headers.LEFT_TO_OPERATOR,
        Settings.Excluded.UNSUPPORTED,
        null,
        List.of(),
        List.of(policies));
  }

  public TestSettings headers(Settings.Headers other) {
    return new TestSettings(other, excluded, builds, certificates, policies);
  }

  public TestSettings excluded(Settings.Excluded other) {
    return new TestSettings(headers, other, builds, certificates, policies);
  }

  /** So many builds side by side. */
  public TestSettings builds(int number) {
    return new TestSettings(headers, excluded, number, certificates, policies);
  }

  /** Kernels accept what these have signed. */
  public TestSettings certificates(Path... files) {
    return new TestSettings(headers, excluded, builds, List.of(files), policies);
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
        policies);
  }
}
