package org.kmodkeeper.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A configuration directory of a test. */
record ConfigurationDirectory(Path path) {
  Path main(String text) throws IOException {
    return Files.writeString(path.resolve("kmodkeeper.conf"), text);
  }

  Path driver(String name, String text) throws IOException {
    Path drivers = Files.createDirectories(path.resolve("drivers.d"));
    return Files.writeString(drivers.resolve(name + ".conf"), text);
  }

  List<String> warnings() {
    return new Configuration(path).warnings();
  }

  Settings read() throws ConfigurationException {
    return new Configuration(path).read();
  }
}
