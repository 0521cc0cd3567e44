package org.kmodkeeper.observe;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.build.DkmsConfReader.Target;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.DriverSources.Source;
import org.kmodkeeper.host.FileDependentCache;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.ParallelTasks;

/** What drivers' dkms.conf files say; bash is asked once for all kernels, and then remembered. */
final class DkmsConfs {
  private final HostPaths paths;
  private final DkmsConfReader reader;
  private final Runnable alive;
  private final FileDependentCache<Question, Map<String, DkmsConf>> known;

  private record Question(Driver driver, List<Kernel> kernels) {
    static Question of(String name, Source source, List<Kernel> kernels) {
      var driver = new Driver(name, source.version(), source.directory(), List.of(name));
      return new Question(driver, kernels);
    }
  }

  DkmsConfs(HostPaths paths, CommandRunner runner, Clock clock) {
    this.paths = paths;
    this.reader = new DkmsConfReader(paths, runner);
    this.alive = runner.heartbeat()::beat;
    this.known = new FileDependentCache<>(512, clock);
  }

  /**
   * What the driver's dkms.conf says for each of the kernels, by their releases.
   *
   * @throws IOException if bash cannot read it
   */
  Map<String, DkmsConf> of(List<Kernel> kernels, String name, Source source)
      throws IOException, InterruptedException {
    var question = Question.of(name, source, kernels);
    return known.get(
        question, reads(question), () -> reader.describe(question.driver(), targets(kernels)));
  }

  /** The same for several drivers, by their names; one whose file cannot be read is left out. */
  Map<String, Map<String, DkmsConf>> of(List<Kernel> kernels, Map<String, Source> sources)
      throws IOException, InterruptedException {
    List<String> names = List.copyOf(sources.keySet());
    List<Map<String, DkmsConf>> read =
        ParallelTasks.each(
            names, name -> readable(kernels, name, requireNonNull(sources.get(name))), alive);
    Map<String, Map<String, DkmsConf>> answers = new HashMap<>();
    for (int at = 0; at < names.size(); at++) {
      if (!read.get(at).isEmpty()) {
        answers.put(names.get(at), read.get(at));
      }
    }
    return answers;
  }

  private Map<String, DkmsConf> readable(List<Kernel> kernels, String name, Source source)
      throws InterruptedException {
    try {
      return of(kernels, name, source);
    } catch (IOException unreadable) {
      // Whoever asks for one alone is told why.
      return Map.of();
    }
  }

  /** What bash reads to answer: a dkms.conf may look at the headers, so a change of them counts. */
  private List<Path> reads(Question question) throws IOException {
    List<Path> files = new ArrayList<>();
    files.add(question.driver().source().resolve("dkms.conf"));
    files.add(paths.dkmsConfiguration());
    for (Path override : DirectoryListing.of(paths.dkmsConfiguration())) {
      files.add(override);
      files.addAll(DirectoryListing.of(override));
    }
    for (Target target : targets(question.kernels())) {
      files.add(target.headers().resolve(".config"));
    }
    return files;
  }

  private List<Target> targets(List<Kernel> kernels) {
    return kernels.stream()
        .map(kernel -> new Target(kernel, paths.tree(kernel).resolve("build")))
        .toList();
  }
}
