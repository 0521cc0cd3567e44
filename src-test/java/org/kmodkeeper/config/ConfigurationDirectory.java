package org.kmodkeeper.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A configuration directory of a test. */
record ConfigurationDirectory(Path path) {
  Path main(String text) throws IOException {
    return Files.writeString(path.resolve("kmodkeeper.conf"), text);
  }

  Path driver(String name, String text) throws IOException {
    Path drivers = Files.createDirectories(path.resolve("drivers.d"));
    return Files.writeString(drivers.resolve(name + ".conf"), text);
  }

  Settings read() throws ConfigurationException {
    return new Configuration(path).read();
  }
}
