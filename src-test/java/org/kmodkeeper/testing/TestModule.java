package org.kmodkeeper.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.tools.ModuleContent.Origin;

/** A small real kernel module: an ELF object made by gcc, with the fields that kmod reads. */
public record TestModule(String name, @Nullable String version, String release, Origin origin) {
  private static final CommandRunner RUNNER = new CommandRunner(SearchPath.SYSTEM);

  public static TestModule named(String name) {
    return new TestModule(name, null, "unset", Origin.OUT_OF_TREE);
  }

  public TestModule version(String newVersion) {
    return new TestModule(name, newVersion, release, origin);
  }

  public TestModule builtFor(String newRelease) {
    return new TestModule(name, version, newRelease, origin);
  }

  /** As the kernel's own build makes it. */
  public TestModule inTree() {
    return new TestModule(name, version, release, Origin.KERNEL);
  }

  /** Its C source; the kernel's build defines RELEASE. */
  public String source() {
    String versionLine = version == null ? "" : "INFO(version, \"version=" + version + "\")\n";
    String originLine = origin == Origin.KERNEL ? "INFO(intree, \"intree=Y\")\n" : "";
    return """
        #define INFO(tag, text) \\
          __attribute__((section(".modinfo"), used, aligned(1))) static const char tag[] = text;
        INFO(name, "name=%s")
        %s%sINFO(vermagic, "vermagic=" RELEASE " SMP mod_unload ")
        INFO(license, "license=GPL")
        int %s_init(void);
        int %s_init(void) { return 0; }
        """
        .formatted(name, versionLine, originLine, name, name);
  }

  /** Makes the file, compressed as its ending says. */
  public Path at(Path file) throws IOException, InterruptedException {
    Files.createDirectories(file.getParent());
    String fileName = file.getFileName().toString();
    Path plain = file.resolveSibling(fileName.substring(0, fileName.indexOf(".ko")) + ".ko");
    Path code = Files.createTempFile(file.getParent(), "module", ".c");
    Files.writeString(code, source());
    String define = "-DRELEASE=\"" + release + "\"";
    run("gcc", "-g", define, "-c", code.toString(), "-o", plain.toString());
    Files.delete(code);
    if (fileName.endsWith(".xz")) {
      run("xz", "--check=crc32", "--force", plain.toString());
    } else if (fileName.endsWith(".zst")) {
      run("zstd", "--quiet", "--rm", "--force", plain.toString());
    } else if (fileName.endsWith(".gz")) {
      run("gzip", "--force", plain.toString());
    }
    return file;
  }

  private static void run(String... argv) throws IOException, InterruptedException {
    Completed ran = RUNNER.run(Command.of(List.of(argv)));
    if (!ran.succeeded()) {
      throw new IOException(ran.command() + ": " + ran.stderr());
    }
  }
}
