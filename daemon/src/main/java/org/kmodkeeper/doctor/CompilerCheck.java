package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.Completed;

/** Whether modules can be compiled, and by the compiler that each kernel was built with. */
record CompilerCheck(DoctorContext context) implements Check {
  /** As the kernel's configuration has it: CONFIG_GCC_VERSION=110401 is 11.4.1. */
  private static final Pattern BUILT_BY =
      Pattern.compile("(?m)^CONFIG_GCC_VERSION=(\\d{1,4})\\d{4}$");

  private static final Pattern VERSION = Pattern.compile("\\d{1,4}(\\.\\S*)?");

  private static final Pattern CLANG = Pattern.compile("(?m)^CONFIG_CC_IS_CLANG=y$");

  @Override
  public String name() {
    return "compiler";
  }

  @Override
  public List<Diagnosis> examine() throws IOException, InterruptedException {
    List<String> missing =
        Stream.of("gcc", "make").filter(program -> !context.has(program)).toList();
    if (!missing.isEmpty()) {
      String text = String.join(" and ", missing) + " not installed";
      String fix = context.advice().install(String.join(" ", missing));
      return List.of(context.hasDriver() ? bad(text, fix) : note(text, fix));
    }
    // Before version 7 gcc knows the second question only; later ones answer that with less.
    Completed asked = context.runner().run(Command.of("gcc", "-dumpfullversion", "-dumpversion"));
    String version = asked.stdout().strip();
    if (!VERSION.matcher(version).matches()) {
      return List.of(
          bad("gcc does not run: " + asked.complaint(), context.advice().reinstall("gcc")));
    }
    List<Diagnosis> found = new ArrayList<>();
    for (Kernel kernel : context.kernels()) {
      difference(kernel, version).ifPresent(found::add);
    }
    return found.isEmpty() ? List.of(ok("gcc " + version + ", make")) : found;
  }

  private Optional<Diagnosis> difference(Kernel kernel, String version) throws IOException {
    Path config = context.paths().tree(kernel).resolve("build/.config");
    if (!Files.isReadable(config)) {
      return Optional.empty();
    }
    String text = new String(Files.readAllBytes(config), StandardCharsets.ISO_8859_1);
    if (CLANG.matcher(text).find()) {
      String by = "kernel " + kernel + " was built by clang";
      return context.has("clang")
          ? Optional.empty()
          : Optional.of(
              bad(by + ", which is not installed", context.advice().install("clang lld llvm")));
    }
    Matcher built = BUILT_BY.matcher(text);
    String major = version.split("\\.", 2)[0];
    if (!built.find() || built.group(1).equals(major)) {
      return Optional.empty();
    }
    return Optional.of(differing(kernel, built.group(1), version));
  }

  /**
   * The kernel's configuration switches on what its compiler can do; an older one knows no such
   * options. A newer one does, and kbuild only warns of it.
   */
  private Diagnosis differing(Kernel kernel, String major, String version) {
    String text =
        "kernel " + kernel + " was built by gcc " + major + "; this host has gcc " + version;
    String toolset = "gcc-toolset-" + major;
    boolean older = Integer.parseInt(version.split("\\.", 2)[0]) < Integer.parseInt(major);
    return older
        ? bad(text + ", which is older; " + use(toolset), context.advice().install(toolset))
        : note(text, null);
  }

  /** It is in a directory below /opt/rh, which builds do not search by default. */
  private static String use(String toolset) {
    return "with "
        + toolset
        + " installed, set in drivers.d: remedies = direct, make = scl enable "
        + toolset
        + " 'make ...'";
  }
}
