package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.SearchPath;

/** Whether each package manager that is installed has our plugin and uses it. */
record PluginCheck(DoctorContext context) implements Check {
  private static final Pattern LOADED = Pattern.compile("(?m)^Loaded plugins:.*\\bkmodkeeper\\b");

  @Override
  public String name() {
    return "plugin";
  }

  @Override
  public List<Diagnosis> examine() throws IOException, InterruptedException {
    SearchPath programs = context.runner().searchPath();
    List<Diagnosis> found = new ArrayList<>();
    Optional<Path> dnf4 = programs.find("dnf-3");
    if (dnf4.isPresent()) {
      found.add(dnf4(dnf4.get()));
    }
    if (programs.find("dnf5").isPresent()) {
      found.add(dnf5());
    }
    // Where there is dnf, yum is a link to it.
    if (programs.find("yum").filter(file -> !Files.isSymbolicLink(file)).isPresent()) {
      found.add(yum());
    }
    return found.isEmpty() ? List.of(note("neither dnf nor yum is installed", null)) : found;
  }

  /** dnf itself is asked, offline: what it loads depends on more than on our files. */
  private Diagnosis dnf4(Path program) throws IOException, InterruptedException {
    String told =
        context
            .runner()
            .run(
                Command.of(
                    program.toString(), "--cacheonly", "--disablerepo=*", "--verbose", "repolist"))
            .stdout();
    if (LOADED.matcher(told).find()) {
      return ok("dnf loads it");
    }
    HostPaths paths = context.paths();
    return firstOff(
            "dnf",
            new Switch(paths.dnfPluginConfiguration(), "enabled"),
            new Switch(paths.dnfConfiguration(), "plugins"))
        .orElseGet(() -> missing("dnf", "python3-dnf-plugin-kmodkeeper"));
  }

  private Diagnosis dnf5() throws IOException {
    HostPaths paths = context.paths();
    Path actions = paths.dnf5Actions();
    return Files.exists(actions)
        ? firstOff(
                "dnf 5",
                new Switch(paths.dnf5ActionsConfiguration(), "enabled"),
                new Switch(paths.dnfConfiguration(), "plugins"))
            .orElseGet(() -> ok("dnf 5 has " + actions))
        : missing("dnf 5", "libdnf5-plugin-kmodkeeper");
  }

  private Diagnosis yum() throws IOException {
    HostPaths paths = context.paths();
    Path plugin = paths.yumPlugin();
    return Files.exists(plugin)
        ? firstOff(
                "yum",
                new Switch(paths.yumPluginConfiguration(), "enabled"),
                new Switch(paths.yumConfiguration(), "plugins"))
            .orElseGet(() -> ok("yum has " + plugin))
        : missing("yum", "yum-plugin-kmodkeeper");
  }

  private Diagnosis missing(String manager, String pack) {
    return bad(manager + " does not load it", context.advice().install(pack));
  }

  private Optional<Diagnosis> firstOff(String manager, Switch... switches) throws IOException {
    for (Switch one : switches) {
      if (one.isOff()) {
        return Optional.of(
            bad(
                manager + " does not load it: " + one.key() + " is off in " + one.file(),
                one.on()));
      }
    }
    return Optional.empty();
  }

  /** A setting of an INI file that is on unless it says otherwise. */
  private record Switch(Path file, String key) {
    boolean isOff() throws IOException {
      return Files.isReadable(file)
          && Pattern.compile("(?mi)^\\s*" + key + "\\s*[=:]\\s*(0|no|false|off)\\s*$")
              .matcher(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
              .find();
    }

    /** The command that switches it on. */
    String on() {
      return "sed -i 's/^ *" + key + " *[=:].*/" + key + " = 1/' " + file;
    }
  }
}
