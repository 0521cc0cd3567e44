package org.kmodkeeper.tools;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** modprobe(8), modinfo(8) and depmod(8). */
public final class Kmod {
  private final HostPaths paths;
  private final CommandRunner runner;

  public Kmod(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
  }

  /**
   * What modprobe would do.
   *
   * @param file the file it would load, when {@code resolution} is FILE
   * @param complaint its own words, when it resolves nothing
   */
  public record Resolved(Resolution resolution, @Nullable Path file, @Nullable String complaint) {}

  /** What {@code modprobe <module>} would do on that kernel; nothing is loaded. */
  public Resolved resolve(Kernel kernel, String module) throws IOException, InterruptedException {
    Completed ran =
        runner.run(
            Command.of(
                "modprobe",
                "--dirname",
                paths.root().toString(),
                "--set-version",
                kernel.release(),
                "--show-depends",
                module));
    return readShowDepends(ran);
  }

  private static Resolved readShowDepends(Completed ran) {
    if (!ran.succeeded()) {
      boolean unknownName = ran.stderr().contains("not found in directory");
      return new Resolved(
          unknownName ? Resolution.NOTHING : Resolution.UNREADABLE, null, ran.complaint());
    }
    // The module's own line comes last, after those of the modules that it depends on.
    String last = ran.stdout().lines().reduce("", (before, line) -> line).strip();
    if (last.startsWith("builtin ")) {
      return new Resolved(Resolution.BUILT_IN, null, null);
    }
    if (last.startsWith("install ")) {
      return new Resolved(Resolution.INSTALL_COMMAND, null, last);
    }
    if (last.startsWith("insmod ")) {
      return new Resolved(Resolution.FILE, Path.of(last.split(" ", 3)[1]), null);
    }
    return new Resolved(Resolution.UNREADABLE, null, "modprobe printed \"" + last + "\"");
  }

  /**
   * What modinfo tells of a module file.
   *
   * @param version its MODULE_VERSION, or null if it has none
   */
  public record Info(String name, @Nullable String version, String vermagic) {}

  /** Reads a module file, compressed or not; empty if it is not a whole module. */
  public Optional<Info> info(Path file) throws IOException, InterruptedException {
    Completed ran = runner.run(Command.of("modinfo", "-0", file.toString()));
    if (!ran.succeeded()) {
      return Optional.empty();
    }
    // With -0 kmod prints the fields as they stand in the file: key=value, each ended by a NUL.
    Map<String, String> fields = new HashMap<>();
    for (String line : ran.stdout().split("\0", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        fields.putIfAbsent(line.substring(0, equals), line.substring(equals + 1).strip());
      }
    }
    String name = fields.get("name");
    String vermagic = fields.get("vermagic");
    if (name == null || vermagic == null) {
      return Optional.empty();
    }
    return Optional.of(new Info(name, fields.get("version"), vermagic));
  }

  /** Makes the kernel's dependency files anew. */
  public Completed depmod(Kernel kernel) throws IOException, InterruptedException {
    List<String> argv = new ArrayList<>(List.of("depmod", "--all"));
    if (paths.root().getNameCount() > 0) {
      argv.addAll(List.of("--basedir", paths.root().toString()));
      argv.addAll(List.of("--config", paths.depmodConfiguration().toString()));
    }
    argv.add(kernel.release());
    return runner.run(Command.of(argv));
  }
}
