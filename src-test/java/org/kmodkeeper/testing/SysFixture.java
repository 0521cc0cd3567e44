package org.kmodkeeper.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.kmodkeeper.host.HostPaths;

/** A made-up /sys, with the tables of /proc that belong to it; at first with no device. */
public final class SysFixture {
  private final HostPaths paths;

  public SysFixture(HostPaths paths) throws IOException {
    this.paths = paths;
    Files.createDirectories(paths.sys().resolve("class/net"));
    HostFixture.write(paths.processes().resolve("self/mountinfo"), "");
    HostFixture.write(paths.processes().resolve("swaps"), "Filename Type Size Used Priority\n");
  }

  /** A device that a module drives. */
  public Path device(String place, String module) throws IOException {
    Path device = Files.createDirectories(paths.sys().resolve("devices").resolve(place));
    Path driver = Files.createDirectories(paths.sys().resolve("bus/any/drivers").resolve(module));
    Path loaded = Files.createDirectories(paths.loadedModule(module));
    if (!Files.exists(driver.resolve("module"))) {
      Files.createSymbolicLink(driver.resolve("module"), loaded);
    }
    Files.createSymbolicLink(device.resolve("driver"), driver);
    // Its number, where others have a link to their device.
    attribute(device, "device=0x10ed");
    return device;
  }

  /** A network interface of a device. */
  public void networkInterface(String name, String place, String module) throws IOException {
    Path device = device(place, module);
    Path face = Files.createDirectories(device.resolve("net").resolve(name));
    Files.createSymbolicLink(face.resolve("device"), device);
    Files.createSymbolicLink(paths.sys().resolve("class/net").resolve(name), face);
  }

  /** A disk or a part of one. */
  public void disk(String numbers, String name, Path place) throws IOException {
    Files.createDirectories(place);
    Path byNumber = paths.sys().resolve("dev/block").resolve(numbers);
    Files.createDirectories(byNumber.getParent());
    Files.createSymbolicLink(byNumber, place);
    Path byName = paths.sys().resolve("class/block").resolve(name);
    Files.createDirectories(byName.getParent());
    Files.createSymbolicLink(byName, place);
  }

  /** A file system that is mounted. */
  public void mount(String numbers, String at, String type, String source) throws IOException {
    Files.writeString(
        paths.processes().resolve("self/mountinfo"),
        "36 1 %s / %s rw - %s %s rw\n".formatted(numbers, at, type, source),
        StandardOpenOption.APPEND);
  }

  /** A network interface of software alone, with attributes as {@code name=value}. */
  public Path virtualInterface(String name, String... attributes) throws IOException {
    Path face = Files.createDirectories(paths.sys().resolve("devices/virtual/net").resolve(name));
    HostFixture.write(face.resolve("uevent"), "INTERFACE=" + name + "\nIFINDEX=7\n");
    for (String each : List.of("type=1", "flags=0x1003", "ifindex=7", "iflink=7")) {
      attribute(face, each);
    }
    for (String each : attributes) {
      attribute(face, each);
    }
    Files.createSymbolicLink(paths.sys().resolve("class/net").resolve(name), face);
    return face;
  }

  /** A module of another hand, which that many hold, among them other modules. */
  public void outOfTree(String module, int holds, String... holders) throws IOException {
    Path loaded = paths.loadedModule(module);
    attribute(loaded, "taint=OE");
    attribute(loaded, "refcnt=" + holds);
    for (String holder : holders) {
      Files.createDirectories(loaded.resolve("holders").resolve(holder));
    }
  }

  private static void attribute(Path directory, String text) throws IOException {
    String[] both = text.split("=", 2);
    HostFixture.write(directory.resolve(both[0]), both[1] + "\n");
  }
}
