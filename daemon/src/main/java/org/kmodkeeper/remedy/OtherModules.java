package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;

/**
 * The out-of-tree modules that a driver may need beside its own. A kernel that is not installed has
 * none of them yet, so what fails for that says nothing of the driver.
 */
final class OtherModules {
  /** As modpost says it, of Linux 5.8 and later and of those before. */
  private static final Pattern UNDEFINED =
      Pattern.compile("\"([A-Za-z0-9_.]+)\" \\[[^]]*] undefined!");

  private final KernelInventory inventory;
  private final OutOfTreeModules added;
  private final DkmsConfReader confs;
  private final ModuleReader reader = new ModuleReader();

  OtherModules(HostPaths paths, CommandRunner runner) {
    this.inventory = new KernelInventory(paths);
    this.added = new OutOfTreeModules(paths);
    this.confs = new DkmsConfReader(paths, runner);
  }

  /** Those of the symbols that other out-of-tree modules export on an installed kernel. */
  Set<String> exported(Driver driver, Set<String> symbols)
      throws IOException, InterruptedException {
    Set<String> found = new HashSet<>();
    for (Kernel kernel : symbols.isEmpty() ? Set.<Kernel>of() : inventory.installed()) {
      for (Path file : added.of(kernel)) {
        if (driver.modules().stream()
            .noneMatch(own -> ModuleName.holds(file.getFileName().toString(), own))) {
          found.addAll(exports(file));
        }
      }
    }
    found.retainAll(symbols);
    return found;
  }

  private Set<String> exports(Path file) throws IOException, InterruptedException {
    try {
      return reader.read(file).exports().keySet();
    } catch (DamagedModuleException damaged) {
      return Set.of();
    }
  }

  /** Turns a finding that another driver's absence may explain into one that is not known. */
  Finding weigh(Finding finding, Driver driver, DkmsConfReader.Target target)
      throws IOException, InterruptedException {
    boolean speaksAgainst =
        finding.verdict() == Verdict.BUILD_FAILED || finding.verdict() == Verdict.SYMBOL_MISMATCH;
    Optional<String> need = speaksAgainst ? need(finding, driver, target) : Optional.empty();
    return need.isEmpty()
        ? finding
        : new Finding(Verdict.UNKNOWN, finding.detail() + "; " + need.get(), finding.advice());
  }

  private Optional<String> need(Finding finding, Driver driver, DkmsConfReader.Target target)
      throws IOException, InterruptedException {
    var depends = confs.describe(driver, target).depends();
    if (!depends.isEmpty()) {
      return Optional.of(
          "it is built after "
              + String.join(", ", depends)
              + ", which this kernel does not have yet");
    }
    Set<String> undefined = new HashSet<>();
    Matcher symbols = UNDEFINED.matcher(finding.detail());
    while (symbols.find()) {
      undefined.add(symbols.group(1));
    }
    return exported(driver, undefined).stream().sorted().findFirst().map(OtherModules::needs);
  }

  /** Why it is not known whether a driver fits that needs such a symbol. */
  static String needs(String symbol) {
    return symbol + " is of another out-of-tree module, which this kernel does not have yet";
  }
}
