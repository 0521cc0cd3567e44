package org.kmodkeeper.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;

/** A kernel as its package leaves it on disk. */
public record InstalledKernel(HostPaths paths, Kernel kernel) {
  /** A build tree that compiles each C file of M to a small but real module. */
  private static final String MAKEFILE =
      """
      modules:
      \t@set -e; for c in $(M)/*.c; do \\
      \t  echo "  CC [M]  $$c"; gcc -DRELEASE='"%s"' -c $$c -o $${c%%.c}.ko; \\
      \tdone
      """;

  public String release() {
    return kernel.release();
  }

  public Path tree() {
    return paths.tree(kernel);
  }

  /** A path below the kernel's tree. */
  public Path file(String relative) {
    return tree().resolve(relative);
  }

  /** Adds what kernel-devel brings. */
  public InstalledKernel withHeaders() throws IOException {
    Path headers = paths.sources().resolve("kernels").resolve(release());
    Files.createDirectories(headers.resolve("include/generated"));
    Files.createFile(headers.resolve("include/generated/autoconf.h"));
    Files.writeString(headers.resolve("Makefile"), MAKEFILE.formatted(release()));
    Files.writeString(headers.resolve(".config"), "CONFIG_MODULES=y\n");
    Files.createFile(headers.resolve("Module.symvers"));
    Files.createSymbolicLink(file("build"), headers);
    return this;
  }

  /**
   * Makes it one with CONFIG_MODVERSIONS, which takes modules of other releases; what is built with
   * its headers says so.
   *
   * @param symbols lines of Module.symvers: CRC, symbol and module
   */
  public InstalledKernel withModversions(String... symbols)
      throws IOException, InterruptedException {
    String magic = release() + " modversions";
    TestModule.named("own").builtFor(magic).at(file("kernel/own.ko"));
    StringBuilder lines = new StringBuilder();
    for (String symbol : symbols) {
      lines.append(symbol.replace(' ', '\t')).append("\tEXPORT_SYMBOL\n");
    }
    Files.writeString(file("symvers"), lines);
    TestModule.run("gzip", "--force", file("symvers").toString());
    if (Files.exists(headers())) {
      Files.writeString(headers().resolve("Makefile"), MAKEFILE.formatted(magic));
    }
    return depmod();
  }

  public Path headers() {
    return paths.sources().resolve("kernels").resolve(release());
  }

  /** Runs the real depmod. */
  public InstalledKernel depmod() throws IOException, InterruptedException {
    Completed ran =
        new CommandRunner(SearchPath.SYSTEM)
            .run(Command.of("depmod", "--basedir", paths.root().toString(), release()));
    if (!ran.succeeded()) {
      throw new IOException("depmod: " + ran.stderr());
    }
    return this;
  }

  /** Takes away what the kernel's package brought; what others put into its tree stays. */
  public void erase() throws IOException {
    Files.delete(file("vmlinuz"));
    Files.delete(file("modules.order"));
    Files.delete(file("modules.builtin"));
    Files.deleteIfExists(file("build"));
    FileUtils.deleteDirectory(file("kernel").toFile());
  }
}
