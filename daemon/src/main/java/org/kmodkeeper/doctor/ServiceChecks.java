package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.kmodkeeper.api.Client;
import org.kmodkeeper.api.Version;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.varlink.VarlinkException;

/** Whether the daemon runs, and is told of transactions. */
record ServiceChecks(DoctorContext context) {
  private static final Pattern LOADED = Pattern.compile("(?m)^Loaded plugins:.*\\bkmodkeeper\\b");
  private static final String BOOT_SERVICE = "kmodkeeper-boot.service";

  /** Of these the service needs all; the one for the boot ends at once. */
  private static final List<String> UNITS =
      List.of("kmodkeeper.service", "kmodkeeper.socket", "kmodkeeper-hooks.socket", BOOT_SERVICE);

  /** Whether each package manager that is installed has our plugin and uses it. */
  void plugin(Check check) throws IOException, InterruptedException {
    SearchPath programs = context.runner().searchPath();
    Optional<Path> dnf4 = programs.find("dnf-3");
    if (dnf4.isPresent()) {
      dnf4(check, dnf4.get());
    }
    if (programs.find("dnf5").isPresent()) {
      plugin(
          check,
          "dnf 5",
          "etc/dnf/libdnf5-plugins/actions.d/kmodkeeper.actions",
          "libdnf5-plugin-kmodkeeper",
          new Switch("etc/dnf/libdnf5-plugins/actions.conf", "enabled"),
          new Switch("etc/dnf/dnf.conf", "plugins"));
    }
    // Where there is dnf, yum is a link to it.
    if (programs.find("yum").filter(file -> !Files.isSymbolicLink(file)).isPresent()) {
      plugin(
          check,
          "yum",
          "usr/lib/yum-plugins/kmodkeeper.py",
          "yum-plugin-kmodkeeper",
          new Switch("etc/yum/pluginconf.d/kmodkeeper.conf", "enabled"),
          new Switch("etc/yum.conf", "plugins"));
    }
    if (check.hasFoundNothing()) {
      check.note("neither dnf nor yum is installed", null);
    }
  }

  /** dnf itself is asked, offline: what it loads depends on more than on our files. */
  private void dnf4(Check check, Path program) throws IOException, InterruptedException {
    Command ask =
        Command.of(program.toString(), "--cacheonly", "--disablerepo=*", "--verbose", "repolist");
    if (LOADED.matcher(context.runner().run(ask).stdout()).find()) {
      check.ok("dnf loads it");
    } else if (!isSwitchedOff(
        check,
        "dnf",
        new Switch("etc/dnf/plugins/kmodkeeper.conf", "enabled"),
        new Switch("etc/dnf/dnf.conf", "plugins"))) {
      missing(check, "dnf", "python3-dnf-plugin-kmodkeeper");
    }
  }

  private void plugin(Check check, String manager, String file, String pack, Switch... switches)
      throws IOException {
    Path plugin = context.paths().root().resolve(file);
    if (!Files.exists(plugin)) {
      missing(check, manager, pack);
    } else if (!isSwitchedOff(check, manager, switches)) {
      check.ok(manager + " has " + plugin);
    }
  }

  private void missing(Check check, String manager, String pack) {
    check.bad(manager + " does not load it", context.advice().install(pack));
  }

  /** Reports the first that is off. */
  private boolean isSwitchedOff(Check check, String manager, Switch... switches)
      throws IOException {
    for (Switch one : switches) {
      Path file = context.paths().root().resolve(one.file());
      if (one.isOff(file)) {
        check.bad(
            manager + " does not load it: " + one.key() + " is off in " + file,
            "sed -i 's/^ *%s *[=:].*/%s = 1/' %s".formatted(one.key(), one.key(), file));
        return true;
      }
    }
    return false;
  }

  /** A setting of an INI file that is on unless it says otherwise. */
  private record Switch(String file, String key) {
    boolean isOff(Path place) throws IOException {
      return Files.isReadable(place)
          && Pattern.compile("(?mi)^\\s*" + key + "\\s*[=:]\\s*(0|no|false|off)\\s*$")
              .matcher(Files.readString(place, StandardCharsets.ISO_8859_1))
              .find();
    }
  }

  /** Whether systemd starts the daemon with the host, and did. */
  void service(Check check) throws IOException, InterruptedException {
    if (!Files.isDirectory(context.paths().systemdRuns())) {
      check.note("systemd does not run here", null);
      return;
    }
    for (Map<String, String> unit : units()) {
      unit(check, unit);
    }
  }

  /** Of each unit its properties: systemctl(1), org.freedesktop.systemd1(5). */
  private List<Map<String, String>> units() throws IOException, InterruptedException {
    List<String> argv =
        new ArrayList<>(
            List.of("systemctl", "show", "--property=Id,LoadState,UnitFileState,ActiveState"));
    argv.addAll(UNITS);
    List<Map<String, String>> units = new ArrayList<>();
    for (String block : context.runner().run(Command.of(argv)).stdout().split("\n\n", -1)) {
      Map<String, String> properties = new HashMap<>();
      block
          .lines()
          .map(line -> line.split("=", 2))
          .filter(pair -> pair.length == 2)
          .forEach(pair -> properties.put(pair[0], pair[1]));
      units.add(properties);
    }
    if (units.size() != UNITS.size()) {
      throw new IOException("systemctl failed");
    }
    return units;
  }

  private void unit(Check check, Map<String, String> unit) {
    String name = unit.getOrDefault("Id", "");
    String file = unit.getOrDefault("UnitFileState", "");
    String active = unit.getOrDefault("ActiveState", "");
    if (unit.getOrDefault("LoadState", "").equals("not-found")) {
      check.bad(name + " is not installed", context.advice().reinstall("kmodkeeper"));
    } else if (file.startsWith("masked")) {
      check.bad(
          name + " is masked", "systemctl unmask " + name + " && systemctl enable --now " + name);
    } else if (!file.startsWith("enabled")) {
      check.bad(name + " is not enabled", "systemctl enable --now " + name);
    } else if (active.equals("failed")) {
      check.bad(name + " has failed: journalctl -u " + name, "systemctl restart " + name);
    } else if (name.equals(BOOT_SERVICE)) {
      check.ok(name + " is enabled");
    } else if (active.equals("active") || active.equals("reloading")) {
      check.ok(name + " is enabled and " + active);
    } else {
      check.bad(name + " is " + active, "systemctl start " + name);
    }
  }

  /** Whether the daemon answers. */
  void socket(Check check) {
    Path socket = context.paths().socket();
    try (Client daemon = Client.connect(socket)) {
      String version = daemon.status().version();
      if (version.equals(Version.TEXT)) {
        check.ok("the daemon answers on " + socket);
      } else {
        check.bad(
            "the running daemon is version " + version + ", this is " + Version.TEXT,
            "systemctl restart kmodkeeper");
      }
    } catch (IOException silent) {
      check.bad("no answer on " + socket, "systemctl restart kmodkeeper.socket kmodkeeper");
    } catch (VarlinkException refused) {
      check.bad("the daemon refused: " + refused.getMessage(), "systemctl restart kmodkeeper");
    }
  }
}
