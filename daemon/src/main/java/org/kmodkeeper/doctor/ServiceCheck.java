package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.kmodkeeper.process.Command;

/** Whether systemd starts the daemon with the host, and did. */
record ServiceCheck(DoctorContext context) implements Check {
  private static final String SERVICE = "kmodkeeper.service";

  /** Of these the service needs all; the one for the boot ends at once. */
  private static final List<String> UNITS =
      List.of(SERVICE, "kmodkeeper.socket", "kmodkeeper-hooks.socket", "kmodkeeper-boot.service");

  @Override
  public String name() {
    return "service";
  }

  @Override
  public List<Diagnosis> examine() throws IOException, InterruptedException {
    if (!Files.isDirectory(context.paths().systemdRuns())) {
      return List.of(note("systemd does not run here", null));
    }
    List<Diagnosis> found = new ArrayList<>();
    for (Map<String, String> unit : units()) {
      found.add(examine(unit));
    }
    return found;
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

  private Diagnosis examine(Map<String, String> unit) {
    String name = unit.getOrDefault("Id", "");
    String file = unit.getOrDefault("UnitFileState", "");
    String active = unit.getOrDefault("ActiveState", "");
    if (unit.getOrDefault("LoadState", "").equals("not-found")) {
      return bad(name + " is not installed", context.advice().reinstall("kmodkeeper"));
    }
    if (file.startsWith("masked")) {
      return bad(
          name + " is masked", "systemctl unmask " + name + " && systemctl enable --now " + name);
    }
    if (!file.startsWith("enabled")) {
      return bad(name + " is not enabled", "systemctl enable --now " + name);
    }
    if (active.equals("failed")) {
      return bad(name + " has failed: journalctl -u " + name, "systemctl restart " + name);
    }
    boolean ends = name.equals("kmodkeeper-boot.service");
    return active.equals("active") || active.equals("reloading") || ends
        ? ok(name + " is enabled" + (ends ? "" : " and " + active))
        : bad(name + " is " + active, "systemctl start " + name);
  }
}
