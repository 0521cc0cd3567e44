package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.signing.ModuleSignature;

/** Builds a driver outside of dkms. */
public final class Kbuild {
  private static final Pattern PRODUCT =
      Pattern.compile(".*\\.(o|ko|mod|mod\\.c|cmd|symvers)|modules\\.order");

  private final CommandRunner runner;
  private final DkmsConfScript script;
  private final Sandbox confinement;

  public Kbuild(HostPaths paths, CommandRunner runner) {
    this.runner = runner;
    this.script = new DkmsConfScript(paths, runner);
    this.confinement = new Sandbox(paths);
  }

  /** Whether a file has the name of one that kbuild makes: some drivers are built in place. */
  public static boolean isProduct(Path file) {
    return PRODUCT.matcher(file.getFileName().toString()).matches();
  }

  /**
   * Runs the build in the private copy, which is all that it can write to.
   *
   * @param make the command of {@link Recipe#MAKE}, empty for the others
   */
  public Completed build(BuildSpace space, Recipe recipe, String make, Duration limit, Path log)
      throws IOException, InterruptedException {
    Command build = script.build(space, recipe, make).within(limit).loggingTo(log);
    return runner.runBounded(confinement.building(build, space), List.of());
  }

  /** Whether it was not even begun, since this host cannot confine it. */
  public static boolean wasRefused(Completed build) {
    return Sandbox.refused(build);
  }

  /** Makes a fresh private copy of the source. */
  public void copySource(BuildSpace space) throws IOException, InterruptedException {
    FileUtils.deleteDirectory(space.build().toFile());
    Files.createDirectories(space.build());
    SourceCopy.copy(space.driver().source(), space.build(), runner.heartbeat());
  }

  /** Takes debugging sections out of a module that is staged. */
  public Completed strip(BuildSpace space, Path module) throws IOException, InterruptedException {
    Command strip = Command.of("strip", "--strip-debug", module.toString());
    return runner.run(confinement.finishing(strip, space));
  }

  /** Signs a module that is not compressed, in the place of a signature that it has. */
  public Completed sign(SigningKey key, Path module)
      throws IOException, InterruptedException, DamagedModuleException {
    ModuleSignature.remove(module);
    @Nullable Path program = key.program();
    if (program != null) {
      return runner.run(
          Command.of(
              program.toString(),
              key.hash(),
              key.key(),
              key.certificate().toString(),
              module.toString()));
    }
    Path message = module.resolveSibling(module.getFileName() + ".p7s");
    try {
      List<String> argv =
          new ArrayList<>(
              List.of("openssl", "cms", "-sign", "-binary", "-noattr", "-md", key.hash()));
      argv.addAll(List.of("-signer", key.key(), "-in", module.toString()));
      argv.addAll(List.of("-outform", "DER", "-out", message.toString()));
      Completed ran = runner.run(Command.of(argv));
      if (ran.succeeded()) {
        ModuleSignature.append(module, Files.readAllBytes(message));
      }
      return ran;
    } finally {
      Files.deleteIfExists(message);
    }
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
              case ".ko.xz" -> List.of("xz", "--check=crc32", "--lzma2=dict=1MiB", "--force");
              case ".ko.zst" -> List.of("zstd", "--quiet", "--rm", "--force");
              case ".ko.gz" -> List.of("gzip", "--no-name", "--force");
              default -> List.of("true");
            });
    argv.add(module.toString());
    return runner.run(Command.of(argv));
  }
}
