package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.tools.BuildLog;
import org.kmodkeeper.tools.BuildSpace;
import org.kmodkeeper.tools.DkmsConf;
import org.kmodkeeper.tools.DkmsConfReader;
import org.kmodkeeper.tools.Kbuild;
import org.kmodkeeper.tools.ModuleName;
import org.kmodkeeper.tools.SigningKey;

/** Builds a driver outside of dkms, in a private directory; installs nothing. */
final class DirectBuild {
  private final HostPaths paths;
  private final Kbuild kbuild;
  private final DkmsConfReader confs;
  private final Supplier<Duration> limit;

  DirectBuild(HostPaths paths, CommandRunner runner, Supplier<Duration> limit) {
    this.paths = paths;
    this.kbuild = new Kbuild(paths, runner);
    this.confs = new DkmsConfReader(paths, runner);
    this.limit = limit;
  }

  /**
   * Makes the driver's modules, stripped, signed and compressed as the kernel's own are. They are
   * there until the space is removed, which is the caller's to do.
   *
   * @param make the command to use instead of dkms.conf's MAKE, or null
   */
  List<Installer.Staged> build(BuildSpace space, @Nullable String make, BuildLog log)
      throws IOException, InterruptedException, Treatment.Failed {
    FileUtils.deleteDirectory(space.root().toFile());
    Files.createDirectories(space.build());
    Files.createDirectories(space.stage());
    DkmsConf conf = describe(space);
    run(space, make, log);
    List<Installer.Staged> staged = new ArrayList<>();
    for (String module : space.driver().modules()) {
      staged.add(stage(space, conf, module, log));
    }
    return staged;
  }

  private DkmsConf describe(BuildSpace space)
      throws IOException, InterruptedException, Treatment.Failed {
    try {
      var target = new DkmsConfReader.Target(space.kernel(), space.headers());
      return confs.describe(space.driver(), target);
    } catch (IOException unreadable) {
      throw new Treatment.Failed(Outcome.BUILD_FAILED, String.valueOf(unreadable.getMessage()));
    }
  }

  private void run(BuildSpace space, @Nullable String make, BuildLog log)
      throws IOException, InterruptedException, Treatment.Failed {
    check("copy the source", kbuild.copySource(space), log);
    Completed built = kbuild.build(space, make, limit.get(), log.file());
    if (built.ending() instanceof Completed.TimedOut timedOut) {
      throw new Treatment.Failed(Outcome.TIMED_OUT, timedOut.toString());
    }
    if (!built.succeeded()) {
      throw new Treatment.Failed(Outcome.BUILD_FAILED, whyFailed(built, log));
    }
  }

  private static String whyFailed(Completed built, BuildLog log) throws IOException {
    Optional<String> error = log.firstError();
    if (error.isPresent()) {
      return error.get();
    }
    String last = log.lastLine().map(line -> ": " + line).orElse("");
    return built.ending() + last;
  }

  private Installer.Staged stage(BuildSpace space, DkmsConf conf, String module, BuildLog log)
      throws IOException, InterruptedException, Treatment.Failed {
    Optional<DkmsConf.Product> product =
        conf.products().stream().filter(one -> one.module().equals(module)).findFirst();
    Path built = built(space, product, module, log);
    Path staged = space.stage().resolve(module + ".ko");
    Files.copy(built, staged);
    if (product.isEmpty() || product.get().debugInfo() == DkmsConf.DebugInfo.STRIPPED) {
      check("strip", kbuild.strip(staged), log);
    }
    Optional<SigningKey> key = SigningKey.find(paths, space, conf.signing());
    if (key.isPresent()) {
      check("sign", kbuild.sign(key.get(), staged), log);
    }
    String ending = ending(space.kernel());
    check("compress", kbuild.compress(staged, ending), log);
    return new Installer.Staged(module, space.stage().resolve(module + ending));
  }

  /** Where the build left the module: where dkms.conf says, else wherever it is. */
  private static Path built(
      BuildSpace space, Optional<DkmsConf.Product> product, String module, BuildLog log)
      throws IOException, Treatment.Failed {
    if (product.isPresent()) {
      Path file = space.build().resolve(product.get().file());
      // The build is not to make us read what only root can.
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        return file;
      }
    }
    Optional<Path> found;
    try (Stream<Path> files = Files.walk(space.build())) {
      found =
          files
              .filter(file -> ModuleName.holds(file.getFileName().toString(), module))
              .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
              .findFirst();
    }
    if (found.isEmpty()) {
      // A MAKE of several commands ends as its last one does.
      String error = log.firstError().map(line -> ": " + line).orElse("");
      throw new Treatment.Failed(
          Outcome.BUILD_FAILED, "the build ended well but left no " + module + ".ko" + error);
    }
    return found.get();
  }

  /** The ending that this kernel's own modules have. */
  private String ending(Kernel kernel) throws IOException {
    Path own = paths.tree(kernel).resolve("kernel");
    if (!Files.isDirectory(own)) {
      return ".ko";
    }
    try (Stream<Path> files = Files.walk(own)) {
      return files
          .flatMap(file -> ModuleName.ending(file.getFileName().toString()).stream())
          .findFirst()
          .orElse(".ko");
    }
  }

  private static void check(String step, Completed ran, BuildLog log)
      throws IOException, Treatment.Failed {
    if (!ran.succeeded()) {
      log.note(step + " failed: " + ran.command() + ": " + ran.stderr());
      throw new Treatment.Failed(Outcome.BUILD_FAILED, step + ": " + ran.complaint());
    }
  }
}
