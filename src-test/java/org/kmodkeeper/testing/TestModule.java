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

/**
 * A small real kernel module: an ELF object made by gcc, with the fields that kmod reads.
 *
 * @param code more C, after them
 */
public record TestModule(String name, @Nullable String version, String release, String code) {
  private static final CommandRunner RUNNER = new CommandRunner(SearchPath.SYSTEM);

  public static TestModule named(String name) {
    return new TestModule(name, null, "unset", "");
  }

  public TestModule version(String newVersion) {
    return new TestModule(name, newVersion, release, code);
  }

  public TestModule builtFor(String newRelease) {
    return new TestModule(name, version, newRelease, code);
  }

  /** It calls a function of the kernel or of another module, which had that CRC. */
  public TestModule calling(String symbol, long crc) {
    return with(
        """
        void %s(void);
        void calls_%s(void);
        void calls_%s(void) { %s(); }
        __attribute__((section("__versions"), used)) static const struct {
          unsigned long crc; char name[56];
        } version_of_%s = {%dUL, "%s"};
        """
            .formatted(symbol, symbol, symbol, symbol, symbol, crc, symbol));
  }

  /** The same with a kernel that keeps no CRCs. */
  public TestModule calling(String symbol) {
    return with(
        "void %s(void);\nvoid calls_%s(void);\nvoid calls_%s(void) { %s(); }\n"
            .formatted(symbol, symbol, symbol, symbol));
  }

  /** It offers a function to others, as EXPORT_SYMBOL does. */
  public TestModule exporting(String symbol, long crc) {
    return with(
        """
        const int __ksymtab_%s __attribute__((section("__ksymtab"))) = 0;
        __asm__(".section __kcrctab, \\"a\\"; .global __crc_%s; __crc_%s: .long %d; .previous");
        """
            .formatted(symbol, symbol, symbol, crc));
  }

  /** As the kernel's own build makes it. */
  public TestModule inTree() {
    return with("INFO(intree, \"intree=Y\")\n");
  }

  /** With a checksum of its source, as modpost adds it. */
  public TestModule sourceVersion(String checksum) {
    return with("INFO(srcversion, \"srcversion=" + checksum + "\")\n");
  }

  private TestModule with(String more) {
    return new TestModule(name, version, release, code + more);
  }

  /** Its C source; the kernel's build defines RELEASE. */
  public String source() {
    String versionLine = version == null ? "" : "INFO(version, \"version=" + version + "\")\n";
    return """
    #define INFO(tag, text) \\
      __attribute__((section(".modinfo"), used, aligned(1))) static const char tag[] = text;
    INFO(name, "name=%s")
    %sINFO(vermagic, "vermagic=" RELEASE " SMP mod_unload ")
    INFO(license, "license=GPL")
    int %s_init(void);
    int %s_init(void) { return 0; }
    %s\
    """
        .formatted(name, versionLine, name, name, code);
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

  static void run(String... argv) throws IOException, InterruptedException {
    Completed ran = RUNNER.run(Command.of(List.of(argv)));
    if (!ran.succeeded()) {
      throw new IOException(ran.command() + ": " + ran.stderr());
    }
  }
}
