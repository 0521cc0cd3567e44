package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.history.HistoryFile;
import org.kmodkeeper.kmod.ModprobeConfig;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HistoryEntry;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.observe.CommandLines;
import org.kmodkeeper.observe.KernelFacts;
import org.kmodkeeper.observe.Observer;

/** Gathers what verdicts rest on; changes nothing. */
final class Explainer {
  /** More than anyone reads; the history has them all. */
  private static final int MAX_ATTEMPTS = 20;

  private final Observer observer;
  private final HostReader reader;
  private final HistoryFile history;
  private final ModprobeConfig settings;

  Explainer(Observer observer, HostReader reader, HistoryFile history, ModprobeConfig settings) {
    this.observer = observer;
    this.reader = reader;
    this.history = history;
    this.settings = settings;
  }

  /**
   * What the verdicts on one kernel's drivers rest on.
   *
   * @param driver a name, or null for all
   * @param running what is at work, or null
   * @return nothing if there is no such kernel or driver
   */
  List<VerdictDetails> explain(
      String release, @Nullable String driver, Settings current, @Nullable Activity running)
      throws IOException, InterruptedException {
    Optional<Kernel> kernel =
        reader.installed().stream().filter(one -> one.release().equals(release)).findFirst();
    if (kernel.isEmpty()) {
      return List.of();
    }
    List<DriverState> row = reader.look(kernel.get(), current).drivers();
    KernelFacts facts = observer.facts(kernel.get());
    List<VerdictDetails> found = new ArrayList<>();
    for (DriverState state : row) {
      Observation observation = state.observation();
      String name = observation.policy().name();
      if (driver == null || name.equals(driver)) {
        DriverState shown =
            running != null && DriverOnKernel.of(running).equals(DriverOnKernel.of(state))
                ? state.during(running)
                : state;
        found.add(new VerdictDetails(shown, facts, settings(observation), attempts(release, name)));
      }
    }
    return found;
  }

  private Map<String, List<String>> settings(Observation observation)
      throws IOException, InterruptedException {
    Map<String, List<String>> lines = new HashMap<>();
    CommandLines.Blacklists blacklists = observer.commandLines().look().of(observation.kernel());
    for (Observation.Module module : observation.modules()) {
      List<String> all = new ArrayList<>(settings.on(observation.kernel(), module.name()));
      all.addAll(blacklists.naming(module.name()));
      lines.put(module.name(), all);
    }
    return lines;
  }

  private List<Attempt> attempts(String release, String driver) {
    List<HistoryEntry> entries = history.entries(release, driver, HistoryFile.MAX_ENTRIES);
    List<Attempt> all =
        entries.stream().filter(Attempt.class::isInstance).map(Attempt.class::cast).toList();
    return all.subList(Math.max(0, all.size() - MAX_ATTEMPTS), all.size());
  }
}
