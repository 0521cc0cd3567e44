package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

/** What a dkms.conf says, as the real bash reads it. */
@DisplayNameGeneration(ReplaceUnderscores.class)
abstract class DkmsConfFixture {
  static final String RELEASE = "6.1.0-1.el9.x86_64";

  HostFixture host;
  Path source;
  Driver driver;
  DkmsConfReader.Target target;
  DkmsConfReader reader;

  @BeforeEach
  void create_a_source(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    source = host.source("ixgbevf", "1.2");
    driver = new Driver("ixgbevf", "1.2", source, List.of("ixgbevf"));
    target = new DkmsConfReader.Target(kernel.kernel(), kernel.headers());
    reader = new DkmsConfReader(host.paths(), host.runner());
  }

  DkmsConf describe(String conf) throws IOException, InterruptedException {
    HostFixture.write(source.resolve("dkms.conf"), conf);
    return describe();
  }

  DkmsConf describe() throws IOException, InterruptedException {
    return reader.describe(driver, target);
  }

  void etc(String name, String text) throws IOException {
    HostFixture.write(host.paths().dkmsConfiguration().resolve(name), text);
  }
}
