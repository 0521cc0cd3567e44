package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/**
 * Reads dkms.conf files.
 *
 * <p>Such a file is a program that is run to be read, so a user without rights does that; where its
 * owner has closed it to others, root does, who can then only read. That keeps what goes wrong in
 * one harmless to us; it does not protect against a malicious dkms.conf, as dkms itself runs it
 * with all rights.
 */
public final class DkmsConfReader {
  /** The script's exit status where this user may not read a file. */
  private static final int CLOSED = 5;

  private final CommandRunner runner;
  private final DkmsConfScript script;
  private final Sandbox confinement;

  public DkmsConfReader(HostPaths paths, CommandRunner runner) {
    this.runner = runner;
    this.script = new DkmsConfScript(paths, runner);
    this.confinement = new Sandbox(paths);
  }

  /** A kernel and where its headers are, or would be. */
  public record Target(Kernel kernel, Path headers) {}

  /**
   * What the source's dkms.conf says for a kernel; a source without one has no products.
   *
   * @throws IOException if bash cannot read it; the message is its own
   */
  public DkmsConf describe(Driver driver, Target target) throws IOException, InterruptedException {
    return Objects.requireNonNull(describe(driver, List.of(target)).get(target.kernel().release()));
  }

  /** The same for each of the kernels, by their releases. */
  public Map<String, DkmsConf> describe(Driver driver, List<Target> targets)
      throws IOException, InterruptedException {
    Path conf = driver.source().resolve("dkms.conf");
    Command command = script.describe(List.of(driver), targets);
    Completed ran = runner.run(confinement.unprivileged(command));
    if (ran.ending().equals(new Completed.Exited(CLOSED))) {
      ran = runner.run(confinement.reading(command));
    }
    if (!ran.succeeded()) {
      throw new IOException(conf + ": " + complaint(ran));
    }
    try {
      List<List<String>> sections = sections(ran.stdout());
      return answers(sections.isEmpty() ? List.of() : sections.get(0), targets);
    } catch (IllegalArgumentException strange) {
      throw new IOException(conf + ": " + strange.getMessage(), strange);
    }
  }

  /**
   * The same for several drivers in one run, as long as there is nothing unusual: a driver whose
   * dkms.conf could not be read, or only by root, is left out.
   */
  public Map<Driver, Map<String, DkmsConf>> describeAll(List<Driver> drivers, List<Target> targets)
      throws InterruptedException {
    Map<Driver, Map<String, DkmsConf>> described = new HashMap<>();
    List<List<String>> sections;
    try {
      Command command = confinement.unprivileged(script.describe(drivers, targets));
      sections = sections(runner.run(command).stdout());
    } catch (IOException cannotRun) {
      // Whoever asks for one alone is told why.
      return described;
    }
    for (int at = 0; at < Math.min(sections.size(), drivers.size()); at++) {
      try {
        described.put(drivers.get(at), answers(sections.get(at), targets));
      } catch (IllegalArgumentException strange) {
        // The same.
      }
    }
    return described;
  }

  /**
   * An answer for each kernel: one that is missing tells of a conf that was not read to its end.
   */
  private static Map<String, DkmsConf> answers(List<String> words, List<Target> targets) {
    Map<String, DkmsConf> answers = DkmsConf.parse(words);
    for (Target target : targets) {
      if (!answers.containsKey(target.kernel().release())) {
        throw new IllegalArgumentException("it ends the shell that reads it, or prints too much");
      }
    }
    return answers;
  }

  /** What the script printed of each driver, in their order. */
  private static List<List<String>> sections(String printed) {
    List<String> words = List.of(printed.split("\0", -1));
    List<List<String>> sections = new ArrayList<>();
    int begin = 0;
    for (int at = 0; at + 1 < words.size(); at += 2) {
      if (words.get(at).equals("end")) {
        sections.add(words.subList(begin, at));
        begin = at + 2;
      }
    }
    return sections;
  }

  private static String complaint(Completed ran) {
    return ran.stderr()
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith(Sandbox.NOTE))
        .findFirst()
        .map(String::strip)
        .orElse(ran.ending().toString());
  }
}
