package org.kmodkeeper.tools;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.io.IOUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** Builds a driver outside of dkms, by its dkms.conf, by a given command or by plain kbuild. */
public final class Kbuild {
  private static final String SCRIPT = resource("dkms-conf.bash");

  /** The script's exit status where this user may not read a file. */
  private static final int CLOSED = 5;

  private static final int BUILD_THREADS = Runtime.getRuntime().availableProcessors();

  private final HostPaths paths;
  private final CommandRunner runner;
  private volatile @Nullable String machine;

  public Kbuild(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
  }

  /** A kernel and where its headers are, or would be. */
  public record Target(Kernel kernel, Path headers) {}

  /**
   * What the source's dkms.conf says for each of the kernels, by their releases; a source without
   * one has no products.
   *
   * <p>It is a program that is run to be read, so a user without rights does that; where its owner
   * has closed it to others, root does, who can then only read. That keeps what goes wrong in one
   * harmless to us; it is no defence against a dkms.conf that means harm, as dkms itself runs it
   * with all rights.
   *
   * @throws IOException if bash cannot read it; the message is its own
   */
  public Map<String, DkmsConf> describe(Driver driver, List<Target> targets)
      throws IOException, InterruptedException {
    Path conf = driver.source().resolve("dkms.conf");
    List<String> argv = script("describe", driver, conf, null, paths.dkmsTree());
    for (Target target : targets) {
      argv.addAll(List.of(target.kernel().release(), target.headers().toString()));
    }
    var confinement = new Confinement(paths);
    Completed ran = runner.run(confinement.unprivileged(Command.of(argv)));
    if (ran.ending().equals(new Completed.Exited(CLOSED))) {
      ran = runner.run(confinement.reading(Command.of(argv)));
    }
    if (!ran.succeeded()) {
      throw new IOException(conf + ": " + complaint(ran));
    }
    try {
      return DkmsConf.parse(ran.stdout());
    } catch (IllegalArgumentException strange) {
      throw new IOException(conf + ": " + strange.getMessage(), strange);
    }
  }

  private static String complaint(Completed ran) {
    return ran.stderr()
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith(Confinement.NOTE))
        .findFirst()
        .map(String::strip)
        .orElse(ran.ending().toString());
  }

  /**
   * Runs the build in the private copy, which is all that it can write to.
   *
   * @param make the command to use instead of dkms.conf's MAKE, or null
   */
  public Completed build(BuildSpace space, @Nullable String make, Duration limit, Path log)
      throws IOException, InterruptedException {
    Path conf = space.build().resolve("dkms.conf");
    List<String> argv = script("build", space.driver(), conf, make, space.root());
    argv.addAll(List.of(space.kernel().release(), space.headers().toString()));
    Command build = Command.of(argv).in(space.build()).within(limit).loggingTo(log);
    return runner.run(new Confinement(paths).unprivileged(build, space.build()));
  }

  private List<String> script(
      String action, Driver driver, Path conf, @Nullable String make, Path dkmsTree)
      throws IOException, InterruptedException {
    return new ArrayList<>(
        List.of(
            "bash",
            "-c",
            SCRIPT,
            "dkms-conf",
            action,
            conf.toString(),
            Objects.requireNonNullElse(make, ""),
            Integer.toString(BUILD_THREADS),
            machine(),
            dkmsTree.toString(),
            paths.sources().toString(),
            driver.name(),
            driver.version(),
            paths.dkmsConfiguration().toString()));
  }

  private String machine() throws IOException, InterruptedException {
    @Nullable String known = machine;
    if (known == null) {
      known = runner.run(Command.of("uname", "-m")).stdout().strip();
      machine = known;
    }
    return known;
  }

  /** Copies a source tree; links inside of it stay links. */
  public Completed copySource(BuildSpace space) throws IOException, InterruptedException {
    String from = space.driver().source().resolve(".").toString();
    return runner.run(
        Command.of("cp", "--archive", "--reflink=auto", from, space.build().toString())
            .within(Duration.ofMinutes(5)));
  }

  /** Takes debugging sections out of a module. */
  public Completed strip(Path module) throws IOException, InterruptedException {
    return runner.run(Command.of("strip", "--strip-debug", module.toString()));
  }

  /** Signs a module with the kernel's own program. */
  public Completed sign(SigningKey key, Path module) throws IOException, InterruptedException {
    return runner.run(
        Command.of(
            key.program().toString(),
            key.hash(),
            key.key(),
            key.certificate().toString(),
            module.toString()));
  }

  /**
   * Compresses {@code <stem>.ko} in place.
   *
   * @param ending the ending that the file shall have, {@code .ko.xz} for example
   */
  public Completed compress(Path module, String ending) throws IOException, InterruptedException {
    List<String> argv =
        new ArrayList<>(
            switch (ending) {
              // The kernel's own decompressor knows no other check than CRC32.
              case ".ko.xz" -> List.of("xz", "--check=crc32", "--force");
              case ".ko.zst" -> List.of("zstd", "--quiet", "--rm", "--force");
              case ".ko.gz" -> List.of("gzip", "--no-name", "--force");
              default -> List.of("true");
            });
    argv.add(module.toString());
    return runner.run(Command.of(argv));
  }

  private static String resource(String name) {
    try (InputStream stream = Kbuild.class.getResourceAsStream(name)) {
      return IOUtils.toString(Objects.requireNonNull(stream, name), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
