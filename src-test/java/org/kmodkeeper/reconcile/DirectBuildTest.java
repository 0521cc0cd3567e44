package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.tools.BuildLog;
import org.kmodkeeper.tools.BuildSpace;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectBuildTest {
  private final BuildSpace space;
  private final DirectBuild build;
  private final BuildLog log;

  DirectBuildTest(@TempDir Path root) throws IOException {
    var host = new HostFixture(root);
    InstalledKernel kernel = host.kernel("6.1.0-1.el9.x86_64").withHeaders();
    var driver = new Driver("ixgbevf", "1.2", host.source("ixgbevf", "1.2"), List.of("ixgbevf"));
    space = BuildSpace.of(host.paths().builds(), driver, kernel.kernel(), kernel.headers());
    build = new DirectBuild(host.paths(), host.runner(), () -> Duration.ofSeconds(30));
    log = BuildLog.begin(root.resolve("build.log"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          echo 'no iptables'; exit 3     | exit status 10: no iptables
          exit 3                         | exit status 10: + exit 3
          printf 'a.c:1: %s: no' error; false | a.c:1: error: no
          true                           | the build ended well but left no ixgbevf.ko
          make nosuch; true              | the build ended well but left no ixgbevf.ko: make: *** No rule to make target 'nosuch'.  Stop.
          """)
  void why_there_is_no_module_is_told(String make, String why) {
    assertThatExceptionOfType(Treatment.Failed.class)
        .isThrownBy(() -> build.build(space, make, log))
        .withMessage(why);
  }
}
