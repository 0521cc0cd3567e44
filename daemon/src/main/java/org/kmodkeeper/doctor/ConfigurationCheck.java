package org.kmodkeeper.doctor;

import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;

/**
 * Whether the configuration can be used.
 *
 * @param problems what is wrong with it, each a line that begins with {@code file:line:}
 */
record ConfigurationCheck(HostPaths paths, Settings settings, List<String> problems)
    implements Check {
  @Override
  public String name() {
    return "configuration";
  }

  @Override
  public List<Diagnosis> examine() {
    if (!problems.isEmpty()) {
      return problems.stream().map(problem -> bad(problem, edit(problem))).toList();
    }
    int drivers = settings.policies().size();
    List<Diagnosis> found = new ArrayList<>();
    found.add(ok(paths.configuration() + ": " + drivers + (drivers == 1 ? " driver" : " drivers")));
    for (String warning : new Configuration(paths.configuration()).warnings()) {
      found.add(note(warning, edit(warning)));
    }
    return found;
  }

  private static String edit(String problem) {
    String[] place = problem.split(":", 3);
    return "${EDITOR:-vi} +" + place[1] + " " + place[0] + " && systemctl reload kmodkeeper";
  }
}
