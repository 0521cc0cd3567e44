package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.HostFixture;

/** A host of two kernels, and whatever boot loader a test gives it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
abstract class BootLoaderFixture {
  static final String NEW = "6.1.0-20.el9.x86_64";
  static final String OLD = "6.1.0-9.el9.x86_64";

  HostFixture host;

  @BeforeEach
  void create_a_host(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
  }

  Grub loader() throws IOException {
    return new BootLoaders(host.paths(), host.runner()).find().orElseThrow();
  }

  static Optional<Kernel> kernel(String release) {
    return Optional.of(new Kernel(release));
  }
}
