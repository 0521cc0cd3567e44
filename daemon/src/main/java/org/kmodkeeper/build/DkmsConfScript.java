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

  /** Tells what the driver's own dkms.conf says for each of the kernels. */
  Command describe(Driver driver, List<Target> targets) throws IOException, InterruptedException {
    return command("describe", "", paths.dkmsTree(), driver, driver.source(), targets);
  }

  /**
   * Builds in the private copy.
   *
   * @param make the command of {@link Recipe#MAKE}, empty for the others
   */
  Command build(BuildSpace space, Recipe recipe, String make)
      throws IOException, InterruptedException {
    List<Target> target = List.of(new Target(space.kernel(), space.headers()));
    return command(recipe.toString(), make, space.root(), space.driver(), space.build(), target)
        .in(space.build());
  }

  private Command command(
      String action, String make, Path dkmsTree, Driver driver, Path source, List<Target> targets)
      throws IOException, InterruptedException {
    List<String> argv = new ArrayList<>(List.of("bash", "-c", SCRIPT, "dkms-conf", action, make));
    argv.addAll(List.of(Integer.toString(BUILD_THREADS), machine(), dkmsTree.toString()));
    argv.addAll(List.of(paths.sources().toString(), paths.dkmsConfiguration().toString()));
    argv.addAll(List.of(source.resolve("dkms.conf").toString(), driver.name(), driver.version()));
    for (Target target : targets) {
      argv.addAll(List.of(target.kernel().release(), target.headers().toString()));
    }
    return Command.of(argv);
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
