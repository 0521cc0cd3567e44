package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Path;
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
    Command command = script.describe(driver, targets);
    Completed ran = runner.run(confinement.unprivileged(command));
    if (ran.ending().equals(new Completed.Exited(CLOSED))) {
      ran = runner.run(confinement.reading(command));
    }
    if (!ran.succeeded()) {
      throw new IOException(conf + ": " + complaint(ran));
    }
    try {
      return answers(List.of(ran.stdout().split("\0", -1)), targets);
    } catch (IllegalArgumentException strange) {
      throw new IOException(conf + ": " + strange.getMessage(), strange);
    }
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

  private static String complaint(Completed ran) {
    return ran.stderr()
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith(Sandbox.NOTE))
        .findFirst()
        .map(String::strip)
        .orElse(ran.ending().toString());
  }
}
