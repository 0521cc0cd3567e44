package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.adopt.Identity.Hint;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.build.DkmsConf.Autoinstall;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.host.AtomicFile;
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
    Path file = tree.resolve("dkms.conf");
    if (!Files.isRegularFile(file)) {
      Identity identity = Identity.of(source, asked, hints);
      Makefiles.Found found =
          makefiles
              .find(directory)
              .orElseThrow(
                  () ->
                      new RefusedException(
                          source
                              + ": no makefile names its modules by obj-m; put a dkms.conf"
                              + " beside it: dkms(8)"));
      return new AnalyzedSource(
          identity,
          found.modules().stream().map(Makefiles.Module::name).toList(),
          DkmsConfFile.write(identity.name(), identity.version(), found),
          "written: " + told(found),
          directory.toString().isEmpty() ? makefiles.others(found.directory()) : List.of());
    }
    DkmsConf conf = describe(new Driver("", "", tree, List.of("none")), source);
    hints.add(0, new Hint(conf.name(), conf.version()));
    return fit(file, conf, Identity.of(source, asked, hints), source);
  }

  private static String told(Makefiles.Found found) {
    String directory = found.directory().toString();
    String names = String.join(", ", found.modules().stream().map(Makefiles.Module::name).toList());
    return (found.modules().size() == 1 ? "module " : "modules ")
        + names
        + (directory.isEmpty() ? "" : ", built in " + directory + "/");
  }

  /** The vendor's own dkms.conf, with the necessary changes. */
  private AnalyzedSource fit(Path file, DkmsConf conf, Identity identity, String source)
      throws IOException, RefusedException {
    if (conf.products().isEmpty()) {
      throw new RefusedException(
          source + ": its dkms.conf names no module: BUILT_MODULE_NAME[0] is not set; set it");
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new RefusedException(source + ": its dkms.conf is larger than " + MAX_BYTES + " bytes");
    }
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    List<String> set = new ArrayList<>();
    if (!conf.name().equals(identity.name())) {
      text = DkmsConfFile.set(text, "PACKAGE_NAME", identity.name());
      set.add("PACKAGE_NAME");
    }
    if (!conf.version().equals(identity.version())) {
      text = DkmsConfFile.set(text, "PACKAGE_VERSION", identity.version());
      set.add("PACKAGE_VERSION");
    }
    if (conf.autoinstall() == Autoinstall.NO) {
      text = DkmsConfFile.set(text, "AUTOINSTALL", "yes");
      set.add("AUTOINSTALL");
    }
    return new AnalyzedSource(
        identity,
        conf.products().stream().map(DkmsConf.Product::module).toList(),
        text,
        set.isEmpty() ? "unchanged" : "changed: " + String.join(" and ", set),
        List.of());
  }

  /** Whether the dkms.conf there has to be changed. */
  boolean changes(AnalyzedSource candidate, Path tree) throws IOException {
    byte[] after = candidate.dkmsConf().getBytes(StandardCharsets.ISO_8859_1);
    return !Arrays.equals(before(tree.resolve("dkms.conf")), after);
  }

  private static byte[] before(Path file) throws IOException {
    return Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
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
    Path file = tree.resolve("dkms.conf");
    boolean existed = Files.exists(file);
    byte[] before = before(file);
    AtomicFile.write(file, candidate.dkmsConf().getBytes(StandardCharsets.ISO_8859_1));
    boolean fits = false;
    try {
      requireFit(candidate, tree, source);
      fits = true;
    } finally {
      if (!fits && existed) {
        AtomicFile.write(file, before);
      } else if (!fits) {
        Files.delete(file);
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
            && conf.autoinstall() == Autoinstall.YES
            && conf.products().stream()
                .map(DkmsConf.Product::module)
                .toList()
                .equals(candidate.modules());
    if (!fits) {
      throw new RefusedException(
          source
              + ": its dkms.conf sets PACKAGE_NAME, PACKAGE_VERSION or AUTOINSTALL in a way of its"
              + " own; make it say "
              + wanted
              + " and AUTOINSTALL=\"yes\"");
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
