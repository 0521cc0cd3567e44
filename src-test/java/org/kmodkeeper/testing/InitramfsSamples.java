package org.kmodkeeper.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;

/** Modules made by gcc and ld, and images made of them by cpio and the compressors. */
public final class InitramfsSamples {
  public static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");
  private static final String TREE = "usr/lib/modules/" + KERNEL.release() + "/";

  private final CommandRunner runner = new CommandRunner(SearchPath.SYSTEM);
  private final Path scratch;
  private final Path root;

  /** Works below {@code directory}. */
  public InitramfsSamples(Path directory) throws IOException {
    this.scratch = Files.createDirectories(directory.resolve("scratch"));
    this.root = Files.createDirectories(directory.resolve("image-root"));
    Files.writeString(root.resolve("init"), "#!/bin/sh\n");
  }

  /** Runs a shell command line, which must succeed. */
  public void shell(String line, Path... arguments) throws IOException, InterruptedException {
    var argv = new java.util.ArrayList<>(List.of("bash", "-euo", "pipefail", "-c", line, "bash"));
    for (Path argument : arguments) {
      argv.add(argument.toString());
    }
    Completed ran = runner.run(Command.of(argv).in(scratch));
    assertThat(ran.succeeded()).as("%s: %s", line, ran.stderr()).isTrue();
  }

  /** A real relocatable file with a .modinfo and a build id; another code, another build id. */
  public Path module(String name, int code) throws IOException, InterruptedException {
    return link(name, code, "--build-id=sha1");
  }

  /** The same without a build id. */
  public Path moduleWithoutBuildId(String name, int code) throws IOException, InterruptedException {
    return link(name, code, "--build-id=none");
  }

  private Path link(String name, int code, String buildId)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(scratch.resolve(name + code + buildId));
    Path file = directory.resolve(name + ".ko");
    if (Files.exists(file)) {
      return file;
    }
    Path source = directory.resolve(name + ".c");
    Files.writeString(
        source,
        String.format(
            "static const char info[] __attribute__((section(\".modinfo\"), used, aligned(1))) ="
                + " \"name=%s\";%nint %s_code(void) { return %d; }%n",
            name, name, code));
    shell("gcc -g -c -o \"$1.o\" \"$1\" && ld -r " + buildId + " -o \"$2\" \"$1.o\"", source, file);
    return file;
  }

  /** Puts a copy of the module into the image to come; {@code path} is below the kernel's tree. */
  public Path put(Path module, String path) throws IOException {
    Path to = root.resolve(TREE + path);
    Files.createDirectories(to.getParent());
    return Files.copy(module, to, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Writes a file of the image to come. */
  public void write(String path, String text) throws IOException {
    Path to = root.resolve(path);
    Files.createDirectories(to.getParent());
    Files.writeString(to, text);
  }

  /** Where the image's own files are collected. */
  public Path root() {
    return root;
  }

  /** The image's directory of the kernel's modules. */
  public Path tree() {
    return root.resolve(TREE);
  }

  /** Makes the image as dracut does: cpio, newc format, through a compressor. */
  public Path image(Path to, String compressor) throws IOException, InterruptedException {
    Files.createDirectories(to.getParent());
    shell(
        "cd \"$1\" && find . -print0 | sort -z | cpio --null --quiet -H newc -o | "
            + compressor
            + " >\"$2\"",
        root,
        to);
    return to;
  }

  /** Puts an archive with microcode before the image, as dracut --early-microcode does. */
  public void prependMicrocode(Path image) throws IOException, InterruptedException {
    shell(
        "mkdir -p early/kernel/x86/microcode && echo 1 >early/early_cpio"
            + " && head -c 5001 /dev/zero >early/kernel/x86/microcode/GenuineIntel.bin"
            + " && (cd early && find . -print0 | sort -z | cpio --null --quiet -H newc -o) >joined"
            + " && cat \"$1\" >>joined && mv joined \"$1\"",
        image);
  }
}
