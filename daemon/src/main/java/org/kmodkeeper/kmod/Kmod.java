package org.kmodkeeper.kmod;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.text.TextSanitizer;

/** modprobe(8) and depmod(8). */
public final class Kmod {
  private final HostPaths paths;
  private final CommandRunner runner;
  private volatile @Nullable String architecture;

  public Kmod(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
  }

  /**
   * What modprobe would do.
   *
   * @param chain the files that it would load, in order, the module's own last; empty unless {@code
   *     resolution} is FILE or BLACKLISTED
   * @param complaint its own words, when it would load no file
   */
  public record Resolved(Resolution resolution, List<Path> chain, @Nullable String complaint) {
    public Resolved {
      chain = List.copyOf(chain);
    }

    /** The module's own file, or null if modprobe would load none. */
    public @Nullable Path file() {
      return chain.isEmpty() ? null : chain.get(chain.size() - 1);
    }
  }

  /** What {@code modprobe <module>} would do on that kernel; nothing is loaded. */
  public Resolved resolve(Kernel kernel, String module) throws IOException, InterruptedException {
    return Objects.requireNonNull(resolve(kernel, List.of(module)).get(module));
  }

  /**
   * The same for many modules, in one run as long as there is nothing unusual: it is asked again
   * about a module of which it said nothing.
   *
   * @throws IOException if modprobe cannot be run to its end
   */
  public Map<String, Resolved> resolve(Kernel kernel, Collection<String> modules)
      throws IOException, InterruptedException {
    if (modules.isEmpty()) {
      return Map.of();
    }
    List<String> argv = new ArrayList<>(showDepends(kernel));
    argv.addAll(List.of("--all", "--use-blacklist"));
    argv.addAll(modules);
    Completed ran = asked(argv, kernel.toString());
    Map<String, Resolved> resolved = readAll(ran.stdout().lines().toList(), modules);
    for (String module : modules) {
      if (!resolved.containsKey(module)) {
        resolved.put(module, resolveAlone(kernel, module));
      }
    }
    return resolved;
  }

  private List<String> showDepends(Kernel kernel) {
    return List.of(
        "modprobe",
        "--dirname",
        paths.root().toString(),
        "--set-version",
        kernel.release(),
        "--show-depends");
  }

  private Completed asked(List<String> argv, String about)
      throws IOException, InterruptedException {
    Completed ran = runner.run(Command.of(argv));
    if (!(ran.ending() instanceof Completed.Exited exited) || exited.status() >= 128) {
      throw new IOException("modprobe was killed or hung when asked about " + about);
    }
    return ran;
  }

  /** Reads what modprobe printed of many modules, in their order; without those it left out. */
  static Map<String, Resolved> readAll(List<String> printed, Collection<String> modules) {
    Map<String, Resolved> resolved = new HashMap<>();
    int from = 0;
    for (String module : modules) {
      int own = indexOfOwnLine(printed, from, module);
      if (own >= 0) {
        resolved.put(module, readLines(printed.subList(from, own + 1)));
        from = own + 1;
      }
    }
    return resolved;
  }

  /** A module's own line comes last, after those of the modules that it depends on. */
  private static int indexOfOwnLine(List<String> printed, int from, String module) {
    for (int at = from; at < printed.size(); at++) {
      String[] words = printed.get(at).split(" ", 3);
      boolean loads =
          words[0].equals("insmod")
              && words.length > 1
              && ModuleName.holds(words[1].substring(words[1].lastIndexOf('/') + 1), module);
      boolean builtIn =
          words[0].equals("builtin")
              && words.length > 1
              && ModuleName.canonical(words[1].strip()).equals(ModuleName.canonical(module));
      if (loads || builtIn) {
        return at;
      }
    }
    return -1;
  }

  /** Finds out what is unusual about a module that modprobe said nothing of. */
  private Resolved resolveAlone(Kernel kernel, String module)
      throws IOException, InterruptedException {
    List<String> argv = new ArrayList<>(showDepends(kernel));
    argv.add(module);
    Completed ran = asked(argv, module);
    if (!ran.succeeded()) {
      boolean unknownName = ran.stderr().contains("not found in directory");
      return new Resolved(
          unknownName ? Resolution.NOTHING : Resolution.UNREADABLE, List.of(), ran.complaint());
    }
    Resolved resolved = readLines(ran.stdout().lines().toList());
    return resolved.resolution() == Resolution.FILE
        ? new Resolved(Resolution.BLACKLISTED, resolved.chain(), null)
        : resolved;
  }

  private static Resolved readLines(List<String> lines) {
    String last = lines.isEmpty() ? "" : lines.get(lines.size() - 1).strip();
    if (last.startsWith("builtin ")) {
      return new Resolved(Resolution.BUILT_IN, List.of(), null);
    }
    if (last.startsWith("install ")) {
      return new Resolved(Resolution.INSTALL_COMMAND, List.of(), last);
    }
    List<String> files =
        lines.stream()
            .filter(line -> line.startsWith("insmod "))
            .map(line -> line.split(" ", 3)[1])
            .toList();
    return last.startsWith("insmod ") && files.stream().allMatch(HostPaths::isPath)
        ? new Resolved(Resolution.FILE, files.stream().map(Path::of).toList(), null)
        : new Resolved(
            Resolution.UNREADABLE, List.of(), "modprobe printed " + TextSanitizer.quoted(last));
  }

  /** The architecture of this host's kernels, as {@code uname -m} prints it. */
  public String architecture() throws IOException, InterruptedException {
    @Nullable String known = architecture;
    if (known == null) {
      known = runner.run(Command.of("uname", "-m")).stdout().strip();
      architecture = known;
    }
    return known;
  }

  /** Loads the module into the running kernel, whose release is given. */
  public Completed load(Kernel running, String module) throws IOException, InterruptedException {
    return runner.run(Command.of("modprobe", "--set-version", running.release(), module));
  }

  /** Takes the module, and what it alone needed, out of the running kernel, if nothing uses it. */
  public Completed unload(String module) throws IOException, InterruptedException {
    return runner.run(Command.of("modprobe", "--remove", module));
  }

  /**
   * Whether the module that is loaded is the one in the file, by the checksum of its source that
   * both tell; modprobe is content with any of that name.
   */
  public boolean isLoaded(String module, Path file) throws IOException, InterruptedException {
    Path told = paths.loadedModule(ModuleName.canonical(module)).resolve("srcversion");
    String loaded = Files.exists(told) ? Files.readString(told).strip() : "";
    Command ask = Command.of("modinfo", "--field", "srcversion", file.toString());
    return loaded.equals(runner.run(ask).stdout().strip());
  }

  /** Regenerates the kernel's dependency files. */
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
