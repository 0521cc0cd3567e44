package org.kmodkeeper.reconcile;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.kmodkeeper.host.DriverSources.Source;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.Trace;
import org.kmodkeeper.host.Traced;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.tools.DkmsConf;
import org.kmodkeeper.tools.DkmsConfReader;
import org.kmodkeeper.tools.DkmsConfReader.Target;

/** What drivers' dkms.conf files say; bash is asked once for all kernels, and then remembered. */
final class DkmsConfs {
  private final HostPaths paths;
  private final DkmsConfReader reader;
  private final Heartbeat heartbeat;
  private final Traced<Question, Map<String, DkmsConf>> known = new Traced<>(512);

  private record Question(Driver driver, List<Kernel> kernels) {
    static Question of(String name, Source source, List<Kernel> kernels) {
      var driver = new Driver(name, source.version(), source.directory(), List.of(name));
      return new Question(driver, kernels);
    }
  }

  DkmsConfs(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.reader = new DkmsConfReader(paths, runner);
    this.heartbeat = runner.heartbeat();
  }

  /**
   * What the driver's dkms.conf says for each of the kernels, by their releases.
   *
   * @throws IOException if bash cannot read it
   */
  Map<String, DkmsConf> of(Trace disk, List<Kernel> kernels, String name, Source source)
      throws IOException, InterruptedException {
    var question = Question.of(name, source, kernels);
    return known.get(
        question, disk, branch -> reader.describe(question.driver(), targets(branch, question)));
  }

  /** The same for several drivers, by their names; one whose file is unusual is left out. */
  Map<String, Map<String, DkmsConf>> of(
      Trace disk, List<Kernel> kernels, Map<String, Source> sources)
      throws IOException, InterruptedException {
    List<Question> questions = new ArrayList<>();
    sources.forEach((name, source) -> questions.add(Question.of(name, source, kernels)));
    Map<String, Map<String, DkmsConf>> answers = new HashMap<>();
    known
        .getAll(questions, disk, this::describe)
        .forEach((question, answer) -> answers.put(question.driver().name(), answer));
    return answers;
  }

  private Map<Question, Map<String, DkmsConf>> describe(Map<Question, Trace> unknown)
      throws IOException, InterruptedException {
    Map<Driver, Question> asked = new HashMap<>();
    List<Target> targets = List.of();
    for (Map.Entry<Question, Trace> one : unknown.entrySet()) {
      asked.put(one.getKey().driver(), one.getKey());
      targets = targets(one.getValue(), one.getKey());
    }
    List<Target> all = targets;
    Map<Question, Map<String, DkmsConf>> described = new HashMap<>();
    // Some take long to read, so each hand has a share of them.
    List<Map<Driver, Map<String, DkmsConf>>> shares =
        Crew.shares(
            List.copyOf(asked.keySet()),
            asked.size(),
            drivers -> reader.describeAll(drivers, all),
            heartbeat::beat);
    for (Map<Driver, Map<String, DkmsConf>> share : shares) {
      share.forEach((driver, answer) -> described.put(requireNonNull(asked.get(driver)), answer));
    }
    return described;
  }

  /** What the question depends on is noted before it is asked. */
  private List<Target> targets(Trace disk, Question question) throws IOException {
    disk.identity(question.driver().source().resolve("dkms.conf"));
    for (Path override : disk.list(paths.dkmsConfiguration())) {
      disk.identity(override);
      for (Path framework : disk.list(override)) {
        disk.identity(framework);
      }
    }
    List<Target> targets = new ArrayList<>();
    for (Kernel kernel : question.kernels()) {
      Path build = paths.tree(kernel).resolve("build");
      targets.add(new Target(kernel, build));
      // A dkms.conf may look at the headers, so a change of them asks anew.
      disk.identity(build.resolve(".config"));
    }
    return targets;
  }
}
