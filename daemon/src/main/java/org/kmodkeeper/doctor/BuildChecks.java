package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.PackagedDriver;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts.Toolchain;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.Completed;

/** What a build needs: headers, a compiler, dkms, a source with its dkms.conf, space. */
record BuildChecks(DoctorContext context) {
  /** As the kernel's configuration has it: CONFIG_GCC_VERSION=110401 is 11.4.1. */
  private static final Pattern BUILT_BY =
      Pattern.compile("(?m)^CONFIG_GCC_VERSION=(\\d{1,4})\\d{4}$");

  private static final Pattern VERSION = Pattern.compile("\\d{1,4}(\\.\\S*)?");
  private static final Pattern CLANG = Pattern.compile("(?m)^CONFIG_CC_IS_CLANG=y$");
  private static final long MIB = 1 << 20;

  /** A driver's modules, some MiB each before they are compressed, and depmod's new indexes. */
  private static final long MODULES = 64 * MIB;

  /** A private copy of a source with its objects, and dkms's own. */
  private static final long BUILDS = 256 * MIB;

  /** gcc, the headers of a kernel or two, and what both need; with the repositories' metadata. */
  private static final long TOOLCHAIN = 768 * MIB;

  /** What compilers write while they run. */
  private static final long TEMPORARY = 64 * MIB;

  /** A small image, on a host that has none yet. */
  private static final long IMAGE = 32 * MIB;

  /** Whether each kernel has its headers. */
  void headers(Check check) {
    if (context.kernels().isEmpty()) {
      check.bad(
          "no kernel is installed below " + context.paths().modules(),
          context.advice().install("kernel"));
    }
    if (isDisposable()) {
      check.ok("the disposable toolchain brings those of each kernel that is built for");
      return;
    }
    for (Kernel kernel : context.kernels()) {
      Optional<Path> place = new KernelInventory(context.paths()).headers(kernel);
      if (place.isPresent()) {
        check.ok("kernel " + kernel + ": " + place.get());
      } else {
        lacking(
            check, "kernel " + kernel + ": not installed", context.advice().installHeaders(kernel));
      }
    }
  }

  /** What only a host with a driver needs, unless drivers come with its image. */
  private void lacking(Check check, String text, String fix) {
    if (isOfImage()) {
      check.note(text + "; drivers are built where this host's image is", null);
    } else if (context.hasDriver()) {
      check.bad(text, fix);
    } else {
      check.note(text, fix);
    }
  }

  private boolean isDisposable() {
    return context.settings().toolchain() == Toolchain.DISPOSABLE;
  }

  private boolean isOfImage() {
    return Files.exists(context.paths().ostreeBooted());
  }

  /** Whether modules can be compiled, and by the compiler that each kernel was built with. */
  void compiler(Check check) throws IOException, InterruptedException {
    if (isDisposable()) {
      check.ok("disposable: installed below /var/cache/kmodkeeper while builds run");
      return;
    }
    List<String> missing =
        Stream.of("gcc", "make").filter(program -> !context.has(program)).toList();
    if (!missing.isEmpty()) {
      lacking(
          check,
          String.join(" and ", missing) + " not installed",
          context.advice().install(String.join(" ", missing)));
      return;
    }
    // Before version 7 gcc knows the second question only; later ones answer that with less.
    Completed asked = context.runner().run(Command.of("gcc", "-dumpfullversion", "-dumpversion"));
    String version = asked.stdout().strip();
    if (!VERSION.matcher(version).matches()) {
      check.bad("gcc does not run: " + asked.complaint(), context.advice().reinstall("gcc"));
      return;
    }
    for (Kernel kernel : context.kernels()) {
      Path config = context.paths().tree(kernel).resolve("build/.config");
      if (Files.isReadable(config)) {
        compiler(check, kernel, Files.readString(config, StandardCharsets.ISO_8859_1), version);
      }
    }
    if (check.hasFoundNothing()) {
      check.ok("gcc " + version + ", make");
    }
  }

  private void compiler(Check check, Kernel kernel, String config, String version) {
    Matcher built = BUILT_BY.matcher(config);
    String major = version.split("\\.", 2)[0];
    if (CLANG.matcher(config).find()) {
      if (!context.has("clang")) {
        check.bad(
            "kernel " + kernel + " was built by clang, which is not installed",
            context.advice().install("clang lld llvm"));
      }
    } else if (built.find() && !built.group(1).equals(major)) {
      otherGcc(check, kernel, built.group(1), version);
    }
  }

  /**
   * The kernel's configuration switches on what its compiler can do; an older one knows no such
   * options. A newer one does, and kbuild only warns of it.
   */
  private void otherGcc(Check check, Kernel kernel, String major, String version) {
    String text =
        "kernel " + kernel + " was built by gcc " + major + "; this host has gcc " + version;
    String toolset = "gcc-toolset-" + major;
    if (Integer.parseInt(version.split("\\.", 2)[0]) < Integer.parseInt(major)) {
      // It is in a directory below /opt/rh, which builds do not search by default.
      check.bad(
          ("%s, which is older; with %s installed, set in drivers.d: remedies = direct,"
                  + " make = scl enable %s 'make ...'")
              .formatted(text, toolset, toolset),
          context.advice().install(toolset));
    } else {
      check.note(text, null);
    }
  }

  /** Whether dkms is there for those who count on it. */
  void dkms(Check check) throws IOException, InterruptedException {
    var dkms = new Dkms(context.paths(), context.runner());
    if (dkms.isInstalled()) {
      check.ok(context.runner().run(Command.of("dkms", "--version")).stdout().strip());
      return;
    }
    String fix = context.advice().install("dkms");
    String absent = "not installed (EL has it in EPEL)";
    List<String> registered = dkms.registered();
    List<String> counting =
        context.settings().policies().stream()
            .filter(policy -> policy.remedies().equals(List.of(Remedy.DKMS)))
            .map(Policy::name)
            .toList();
    if (!registered.isEmpty()) {
      check.bad(absent + ", but has registered " + String.join(", ", registered), fix);
    } else if (!counting.isEmpty()) {
      check.bad(absent + ", but the only remedy of " + String.join(", ", counting), fix);
    } else {
      check.note(absent + "; kmodkeeper builds without it", fix);
    }
  }

  /** Whether each driver has its source. */
  void source(Check check) {
    if (context.drivers().isEmpty()) {
      check.note("no driver is managed", "kmodkeeper adopt SOURCE");
    }
    for (Explanation of : context.drivers()) {
      String driver = of.driver().driver();
      @Nullable String pinned = of.pinned();
      String where = "driver " + driver + ": none in " + context.paths().sources();
      String fix =
          "kmodkeeper adopt " + driver + "-" + (pinned == null ? "VERSION" : pinned) + ".tar.gz";
      if (of.source() != null) {
        check.ok("driver " + driver + " " + of.driver().version() + ": " + of.source());
      } else if (of.supply().hasPackages()) {
        check.ok(
            "driver %s %s: none; its modules come in packages, as %s says"
                .formatted(driver, of.driver().version(), PackagedDriver.commonPackage(driver)));
      } else if (of.driver().verdict() == Verdict.NOT_SET_UP) {
        check.note(where + "; it was never used here", fix);
      } else {
        String which = pinned == null ? "" : " of version " + pinned + ", which is pinned";
        check.bad(where + which, fix);
      }
    }
  }

  /** Whether dkms can build each driver, and will do so automatically. */
  void dkmsConf(Check check) throws InterruptedException {
    for (Explanation one : context.drivers()) {
      Optional<Driver> driver = context.source(one);
      if (driver.isPresent()) {
        dkmsConf(check, driver.get(), one);
      }
    }
    if (check.hasFoundNothing()) {
      check.note("there is no source", null);
    }
  }

  private void dkmsConf(Check check, Driver driver, Explanation of) throws InterruptedException {
    Path file = driver.source().resolve("dkms.conf");
    if (!Files.exists(file)) {
      check.note("driver " + driver.name() + " has none; it is built by make", null);
      return;
    }
    DkmsConf conf;
    try {
      conf = context.conf(driver);
    } catch (IOException broken) {
      check.bad(String.valueOf(broken.getMessage()), "bash -n " + Shell.word(file));
      return;
    }
    boolean sound = true;
    if (!conf.version().isEmpty() && !conf.version().equals(driver.version())) {
      check.bad(
          file + ": PACKAGE_VERSION is " + conf.version() + ", unlike its directory's name",
          "sed -i 's/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"%s\"/' %s"
              .formatted(driver.version(), file));
      sound = false;
    }
    if (conf.products().isEmpty()) {
      check.bad(file + ": BUILT_MODULE_NAME names no module", "${EDITOR:-vi} " + Shell.word(file));
      sound = false;
    }
    if (!conf.autoinstall() && context.has("dkms")) {
      check.bad(
          file + ": without AUTOINSTALL, dkms does not build for new kernels",
          "echo 'AUTOINSTALL=\"yes\"' >> " + Shell.word(file));
      sound = false;
    }
    if (of.dkms() == DkmsState.NOT_REGISTERED && of.remedies().contains(Remedy.DKMS)) {
      String which = driver.name() + "/" + driver.version();
      check.bad("dkms does not know " + which, "dkms add " + which);
      sound = false;
    }
    if (sound) {
      check.ok(file.toString());
    }
  }

  /** Whether there is room for what is made: modules, images, build directories, logs. */
  void space(Check check) throws IOException {
    HostPaths paths = context.paths();
    Map<Path, Long> needs = new LinkedHashMap<>();
    needs.put(paths.modules(), MODULES);
    needs.put(paths.boot(), largestImage(paths.boot()));
    needs.put(paths.builds(), isDisposable() ? BUILDS + TOOLCHAIN : BUILDS);
    needs.put(paths.dkmsTree(), BUILDS);
    needs.put(paths.root().resolve("tmp"), TEMPORARY);
    for (Map.Entry<Path, Long> need : needs.entrySet()) {
      space(check, need.getKey(), need.getValue());
    }
  }

  /** A new initramfs is made beside the one that it takes the place of. */
  private static long largestImage(Path boot) throws IOException {
    long largest = Files.isDirectory(boot) ? IMAGE : 0;
    for (Path file : DirectoryListing.of(boot)) {
      if (file.getFileName().toString().startsWith("initramfs-")) {
        largest = Math.max(largest, Files.size(file));
      }
    }
    return largest;
  }

  private void space(Check check, Path place, long needed) throws IOException {
    Path there = place;
    while (!Files.exists(there)) {
      there = Objects.requireNonNull(there.getParent());
    }
    FileStore store = Files.getFileStore(there);
    long free = store.getUsableSpace();
    if (store.isReadOnly() && place.equals(context.paths().modules()) && isOfImage()) {
      check.note(
          place
              + " belongs to this host's image and is mounted read-only; drivers are made ready"
              + " where the image is built: kmodkeeper prepare",
          null);
    } else if (store.isReadOnly()) {
      check.bad(
          place + " is mounted read-only",
          "mount -o remount,rw $(findmnt -no TARGET -T " + there + ")");
    } else if (free < needed) {
      check.bad(
          place + ": " + free / MIB + " MiB free, " + needed / MIB + " MiB may be needed",
          spaceFor(place, there));
    } else {
      check.ok(place + ": " + free / MIB + " MiB free");
    }
  }

  /** Old kernels fill these two places; what fills others is not known. */
  private String spaceFor(Path place, Path there) {
    boolean kernels =
        place.equals(context.paths().boot()) || place.equals(context.paths().modules());
    return context
        .advice()
        .removeOldKernels()
        .filter(command -> kernels)
        .orElse("du -xm " + there + " | sort -n | tail");
  }
}
