package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.FileIdentity;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.Remembered;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.tools.DkmsConf;
import org.kmodkeeper.tools.Kbuild;

/** What drivers' dkms.conf files say; bash is asked once for all kernels, and then remembered. */
final class DkmsConfs {
  private final HostPaths paths;
  private final KernelInventory inventory;
  private final Kbuild kbuild;
  private final Remembered<Question, Map<String, DkmsConf>> known = new Remembered<>(512);

  /** A dkms.conf may look at the headers, so a change of them asks anew. */
  private record Question(
      Driver driver, List<Optional<FileIdentity>> files, List<Optional<FileIdentity>> headers) {}

  DkmsConfs(HostPaths paths, KernelInventory inventory, Kbuild kbuild) {
    this.paths = paths;
    this.inventory = inventory;
    this.kbuild = kbuild;
  }

  /**
   * What the driver's dkms.conf says for the kernel.
   *
   * @throws IOException if bash cannot read it
   */
  DkmsConf of(Driver driver, Kernel kernel) throws IOException, InterruptedException {
    List<Kernel> kernels = new ArrayList<>(inventory.installed());
    if (!kernels.contains(kernel)) {
      kernels.add(kernel);
    }
    List<Kbuild.Target> targets = new ArrayList<>();
    List<Optional<FileIdentity>> headers = new ArrayList<>();
    for (Kernel one : kernels) {
      Path build = paths.tree(one).resolve("build");
      targets.add(new Kbuild.Target(one, build));
      headers.add(FileIdentity.of(build.resolve(".config")));
    }
    @Nullable Map<String, DkmsConf> answers =
        known.get(
            new Question(driver, files(driver), headers), () -> kbuild.describe(driver, targets));
    return Objects.requireNonNull(answers.get(kernel.release()), "no answer for the kernel");
  }

  private List<Optional<FileIdentity>> files(Driver driver) throws IOException {
    List<Optional<FileIdentity>> files = new ArrayList<>();
    files.add(FileIdentity.of(driver.source().resolve("dkms.conf")));
    if (Files.isDirectory(paths.dkmsConfiguration())) {
      try (Stream<Path> overrides = Files.walk(paths.dkmsConfiguration(), 2)) {
        for (Path file : (Iterable<Path>) overrides.sorted()::iterator) {
          files.add(FileIdentity.of(file));
        }
      }
    }
    return files;
  }
}
