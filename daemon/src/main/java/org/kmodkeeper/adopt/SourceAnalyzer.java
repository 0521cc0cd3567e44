package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.adopt.Identity.Hint;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;

/**
 * Finds out what a source is: its name and version, its modules, and the dkms.conf that it needs.
 */
final class SourceAnalyzer {
  private static final int MAX_BYTES = 1 << 20;

  private final HostPaths paths;
  private final DkmsConfReader confs;

  SourceAnalyzer(HostPaths paths, DkmsConfReader confs) {
    this.paths = paths;
    this.confs = confs;
  }

  /**
   * Examines a source; changes nothing.
   *
   * @param tree where it is
   * @param source what to call it in messages
   * @param asked what the operator says
   * @param names names of the archive or of directories that may tell name and version
   * @param directory where in the source the driver is; empty if the operator does not say
   */
  AnalyzedSource examine(Path tree, String source, Hint asked, List<String> names, Path directory)
      throws IOException, InterruptedException, RefusedException {
    var makefiles = new Makefiles(tree);
    if (!makefiles.exist() && DkmsConfFile.in(tree).isEmpty()) {
      throw new RefusedException(
          source
              + ": has no makefile at its top level, in src/ or nearby; is it a driver's source?");
    }
    List<Hint> hints = new ArrayList<>(names.stream().map(Hint::of).toList());
    if (!directory.toString().isEmpty()) {
      hints.add(0, new Hint(String.valueOf(directory.getFileName()), null));
    }
    if (!Files.isRegularFile(tree.resolve(DkmsConfFile.NAME))) {
      return written(makefiles, source, Identity.of(source, asked, hints), directory);
    }
    DkmsConf conf = describe(new Driver("", "", tree, List.of("none")), source);
    hints.add(0, new Hint(conf.name(), conf.version()));
    return fit(tree, conf, Identity.of(source, asked, hints), source);
  }

  /** A source that came without a dkms.conf. */
  private static AnalyzedSource written(
      Makefiles makefiles, String source, Identity identity, Path directory)
      throws IOException, RefusedException {
    Optional<Makefiles.Found> found = makefiles.find(directory);
    if (found.isEmpty()) {
      throw new RefusedException(
          source + ": no makefile names its modules by obj-m; put a dkms.conf beside it: dkms(8)");
    }
    Makefiles.Found build = found.get();
    List<String> modules = build.modules().stream().map(Makefiles.Module::name).toList();
    String place = build.directory().toString();
    String remark =
        "written: "
            + (modules.size() == 1 ? "module " : "modules ")
            + String.join(", ", modules)
            + (place.isEmpty() ? "" : ", built in " + place + "/");
    return new AnalyzedSource(
        identity,
        modules,
        DkmsConfFile.write(identity.name(), identity.version(), build),
        remark,
        directory.toString().isEmpty() ? makefiles.others(build.directory()) : List.of());
  }

  /** The vendor's own dkms.conf, with the necessary changes. */
  private AnalyzedSource fit(Path tree, DkmsConf conf, Identity identity, String source)
      throws IOException, RefusedException {
    if (conf.products().isEmpty()) {
      throw new RefusedException(
          source + ": its dkms.conf names no module: BUILT_MODULE_NAME[0] is not set; set it");
    }
    if (Files.size(tree.resolve(DkmsConfFile.NAME)) > MAX_BYTES) {
      throw new RefusedException(source + ": its dkms.conf is larger than " + MAX_BYTES + " bytes");
    }
    String text = DkmsConfFile.text(tree);
    List<String> set = new ArrayList<>();
    if (!conf.name().equals(identity.name())) {
      text = DkmsConfFile.set(text, "PACKAGE_NAME", identity.name());
      set.add("PACKAGE_NAME");
    }
    if (!conf.version().equals(identity.version())) {
      text = DkmsConfFile.set(text, "PACKAGE_VERSION", identity.version());
      set.add("PACKAGE_VERSION");
    }
    if (!conf.autoinstall()) {
      text = DkmsConfFile.set(text, "AUTOINSTALL", "yes");
      set.add("AUTOINSTALL");
    }
    return new AnalyzedSource(
        identity,
        conf.modules(),
        text,
        set.isEmpty() ? "unchanged" : "changed: " + String.join(" and ", set),
        List.of());
  }

  /** Whether the dkms.conf there has to be changed. */
  boolean changes(AnalyzedSource candidate, Path tree) throws IOException {
    return !DkmsConfFile.text(tree).equals(candidate.dkmsConf());
  }

  /**
   * Writes the dkms.conf, and has bash read it as dkms will.
   *
   * @throws RefusedException if it does not say what it should
   */
  void write(AnalyzedSource candidate, Path tree, String source)
      throws IOException, InterruptedException, RefusedException {
    if (!changes(candidate, tree)) {
      return;
    }
    String before = DkmsConfFile.text(tree);
    DkmsConfFile.replace(tree, candidate.dkmsConf());
    boolean fits = false;
    try {
      requireFit(candidate, tree, source);
      fits = true;
    } finally {
      if (!fits) {
        DkmsConfFile.replace(tree, before);
      }
    }
  }

  private void requireFit(AnalyzedSource candidate, Path tree, String source)
      throws IOException, InterruptedException, RefusedException {
    Identity wanted = candidate.identity();
    DkmsConf conf =
        describe(new Driver(wanted.name(), wanted.version(), tree, candidate.modules()), source);
    boolean fits =
        conf.name().equals(wanted.name())
            && conf.version().equals(wanted.version())
            && conf.autoinstall()
            && conf.modules().equals(candidate.modules());
    if (!fits) {
      throw new RefusedException(
          source
              + ": its dkms.conf sets PACKAGE_NAME, PACKAGE_VERSION or AUTOINSTALL in a way of its"
              + " own; make it say %s and AUTOINSTALL=\"yes\"".formatted(wanted));
    }
  }

  private DkmsConf describe(Driver driver, String source)
      throws IOException, InterruptedException, RefusedException {
    var inventory = new KernelInventory(paths);
    Optional<Kernel> any = inventory.installed().stream().findFirst().or(inventory::running);
    Kernel kernel = any.orElse(new Kernel("0"));
    try {
      var target = new DkmsConfReader.Target(kernel, paths.tree(kernel).resolve("build"));
      return confs.describe(driver, target);
    } catch (IOException unreadable) {
      throw new RefusedException(
          source + ": cannot read its dkms.conf: " + unreadable.getMessage());
    }
  }
}
