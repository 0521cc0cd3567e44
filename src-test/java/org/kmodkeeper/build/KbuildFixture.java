package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

/** A build by the real bash and make; what each step saw is in the build directory. */
@DisplayNameGeneration(ReplaceUnderscores.class)
abstract class KbuildFixture {
  static final String RELEASE = "6.1.0-1.el9.x86_64";

  HostFixture host;
  InstalledKernel kernel;
  Path source;
  Path log;
  BuildSpace space;
  Kbuild kbuild;

  @BeforeEach
  void create_a_source(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE).withHeaders();
    source = host.source("ixgbevf", "1.2");
    log = HostFixture.write(root.resolve("build.log"), "");
    var driver = new Driver("ixgbevf", "1.2", source, List.of("ixgbevf"));
    space = BuildSpace.of(host.paths().builds(), driver, kernel.kernel(), kernel.headers());
    kbuild = new Kbuild(host.paths(), host.runner());
  }

  Completed build(@Nullable String make) throws IOException, InterruptedException {
    kbuild.copySource(space);
    Recipe recipe = Recipe.of(space, make).get(0);
    return kbuild.build(space, recipe, make == null ? "" : make, Duration.ofSeconds(30), log);
  }

  Completed buildBy(String conf) throws IOException, InterruptedException {
    HostFixture.write(source.resolve("dkms.conf"), conf);
    return build(null);
  }

  Path built(String file) {
    return space.build().resolve(file);
  }

  static void executable(Path file, String script) throws IOException {
    HostFixture.write(file, "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  Path etc(String name) {
    return host.paths().dkmsConfiguration().resolve(name);
  }
}
