package org.kmodkeeper.observe;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

/** What drivers' dkms.conf files say; bash is asked once for all kernels, and then remembered. */
final class DkmsConfs {
  private final HostPaths paths;
  private final DkmsConfReader reader;
  private final FileDependentCache<Question, Map<String, DkmsConf>> known;

  private record Question(Driver driver, List<Kernel> kernels) {}

  DkmsConfs(HostPaths paths, CommandRunner runner, Clock clock) {
    this.paths = paths;
    this.reader = new DkmsConfReader(paths, runner);
    this.known = new FileDependentCache<>(512, clock);
  }

  /**
   * What the driver's dkms.conf says for each of the kernels, by their releases.
   *
   * @throws IOException if bash cannot read it
   */
  Map<String, DkmsConf> of(List<Kernel> kernels, String name, Source source)
      throws IOException, InterruptedException {
    Driver driver = driver(name, source);
    List<Target> targets = targets(kernels);
    return known.get(
        new Question(driver, kernels),
        reads(driver, targets),
        () -> reader.describe(driver, targets));
  }

  /**
   * Has bash read in one run what is not known of these drivers; an unusual file is left for when
   * it is asked for.
   */
  void readAhead(List<Kernel> kernels, Map<String, Source> sources)
      throws IOException, InterruptedException {
    List<Target> targets = targets(kernels);
    Map<Question, List<Path>> questions = new LinkedHashMap<>();
    for (Map.Entry<String, Source> one : sources.entrySet()) {
      Driver driver = driver(one.getKey(), one.getValue());
      questions.put(new Question(driver, kernels), reads(driver, targets));
    }
    var unused = known.getAll(questions, unknown -> describe(unknown, targets));
  }

  private Map<Question, Map<String, DkmsConf>> describe(Set<Question> unknown, List<Target> targets)
      throws InterruptedException {
    Map<Driver, Question> asked = new HashMap<>();
    unknown.forEach(question -> asked.put(question.driver(), question));
    Map<Question, Map<String, DkmsConf>> described = new HashMap<>();
    reader
        .describeAll(List.copyOf(asked.keySet()), targets)
        .forEach((driver, answer) -> described.put(requireNonNull(asked.get(driver)), answer));
    return described;
  }

  private static Driver driver(String name, Source source) {
    return new Driver(name, source.version(), source.directory(), List.of(name));
  }

  private List<Target> targets(List<Kernel> kernels) {
    return kernels.stream()
        .map(kernel -> new Target(kernel, paths.tree(kernel).resolve("build")))
        .toList();
  }

  /** What bash reads to answer: a dkms.conf may look at the headers, so a change of them counts. */
  private List<Path> reads(Driver driver, List<Target> targets) throws IOException {
    List<Path> files = new ArrayList<>();
    files.add(driver.source().resolve("dkms.conf"));
    files.add(paths.dkmsConfiguration());
    for (Path override : DirectoryListing.of(paths.dkmsConfiguration())) {
      files.add(override);
      files.addAll(DirectoryListing.of(override));
    }
    for (Target target : targets) {
      files.add(target.headers().resolve(".config"));
    }
    return files;
  }
}
