package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;

/** A real dnf installs headers in the lab's scenarios. */
@DisplayNameGeneration(ReplaceUnderscores.class)
final class PackageManagerTest {
  /** Each of the programs has its own way to be told that the release is the host's. */
  @ParameterizedTest
  @CsvSource({
    "dnf-3, dnf, --releasever=/",
    "dnf5, dnf, --use-host-config",
    "yum.py, yum, --releasever=/",
  })
  void installs_below_a_directory(String program, String name, String option, @TempDir Path root)
      throws Exception {
    Path programs = Files.createDirectory(root.resolve("programs"));
    Path said = root.resolve("said");
    Path script = programs.resolve(program);
    Files.writeString(script, "#!/bin/sh\necho \"$*\"\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    Files.createSymbolicLink(programs.resolve(name), script);
    var runner = new CommandRunner(new SearchPath(List.of(programs)));

    new PackageManager(new HostPaths(root), runner)
        .installBelow(root.resolve("toolchain"), "x.service", List.of("gcc", "make"), said);

    assertThat(said)
        .hasContent(
            "--assumeyes --installroot=%s/toolchain %s --setopt=install_weak_deps=0"
                    .formatted(root, option)
                + " --setopt=tsflags=nodocs install gcc make");
  }

  @ParameterizedTest
  @CsvSource({
    "5.14.0-427.el9.x86_64, kernel-devel-uname-r = 5.14.0-427.el9.x86_64",
    "5.14.0-427.el9.x86_64+rt, kernel-devel-uname-r = 5.14.0-427.el9.x86_64+rt",
    "5.14.0-427.el9.aarch64+64k-debug, kernel-devel-uname-r = 5.14.0-427.el9.aarch64+64k_debug",
    "3.10.0-1160.el7.x86_64.debug, kernel-devel-uname-r = 3.10.0-1160.el7.x86_64.debug",
    "5.15.0-1.el8uek.x86_64, kernel-uek-devel-uname-r = 5.15.0-1.el8uek.x86_64",
    "5.4.17-2136.el7uek.x86_64.debug, kernel-uek-devel-uname-r = 5.4.17-2136.el7uek.x86_64.debug",
  })
  void asks_for_headers_by_what_their_package_provides(String release, String capability) {
    assertThat(PackageManager.headers(new Kernel(release))).isEqualTo(capability);
  }

  @ParameterizedTest
  @CsvSource({
    "5.14.0-427.el9.x86_64, kernel-uname-r = 5.14.0-427.el9.x86_64",
    "5.14.0-427.el9.x86_64+rt-debug, kernel-uname-r = 5.14.0-427.el9.x86_64+rt_debug",
    "5.15.0-1.el8uek.x86_64, kernel-uek-uname-r = 5.15.0-1.el8uek.x86_64",
  })
  void names_what_the_package_of_an_image_provides(String release, String capability) {
    assertThat(PackageManager.image(new Kernel(release))).isEqualTo(capability);
  }
}
