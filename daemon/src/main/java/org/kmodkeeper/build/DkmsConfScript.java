package org.kmodkeeper.build;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.commons.io.IOUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.DkmsConfReader.Target;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;

/** The bash script {@code dkms-conf.bash}, which knows how dkms reads a dkms.conf. */
final class DkmsConfScript {
  private static final String SCRIPT = resource("dkms-conf.bash");
  private static final int BUILD_THREADS = Runtime.getRuntime().availableProcessors();

  private final HostPaths paths;
  private final CommandRunner runner;
  private volatile @Nullable String machine;

  DkmsConfScript(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
  }

  /** Tells what the drivers' own dkms.conf files say for each of the kernels. */
  Command describe(List<Driver> drivers, List<Target> targets)
      throws IOException, InterruptedException {
    List<String> argv = begin("describe", "", paths.dkmsTree(), drivers.size());
    for (Driver driver : drivers) {
      add(argv, driver, driver.source());
    }
    for (Target target : targets) {
      add(argv, target);
    }
    return Command.of(argv);
  }

  /**
   * Builds in the private copy.
   *
   * @param make the command of {@link Recipe#MAKE}, empty for the others
   */
  Command build(BuildSpace space, Recipe recipe, String make)
      throws IOException, InterruptedException {
    List<String> argv = begin(recipe.toString(), make, space.root(), 1);
    add(argv, space.driver(), space.build());
    add(argv, new Target(space.kernel(), space.headers()));
    return Command.of(argv).in(space.build());
  }

  private List<String> begin(String action, String make, Path dkmsTree, int drivers)
      throws IOException, InterruptedException {
    return new ArrayList<>(
        List.of(
            "bash",
            "-c",
            SCRIPT,
            "dkms-conf",
            action,
            make,
            Integer.toString(BUILD_THREADS),
            machine(),
            dkmsTree.toString(),
            paths.sources().toString(),
            paths.dkmsConfiguration().toString(),
            Integer.toString(drivers)));
  }

  private static void add(List<String> argv, Driver driver, Path source) {
    argv.addAll(List.of(source.resolve("dkms.conf").toString(), driver.name(), driver.version()));
  }

  private static void add(List<String> argv, Target target) {
    argv.addAll(List.of(target.kernel().release(), target.headers().toString()));
  }

  private String machine() throws IOException, InterruptedException {
    @Nullable String known = machine;
    if (known == null) {
      known = runner.run(Command.of("uname", "-m")).stdout().strip();
      machine = known;
    }
    return known;
  }

  private static String resource(String name) {
    try (InputStream stream = DkmsConfScript.class.getResourceAsStream(name)) {
      return IOUtils.toString(Objects.requireNonNull(stream, name), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
