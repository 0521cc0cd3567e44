package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Completed;

/**
 * Puts built modules into a kernel's {@code extra/}, all of a driver or none.
 *
 * <p>A module is proven before it gets its final name, and what it replaces is kept until modprobe
 * resolves the new one. {@link #recover} cleans up after a power failure.
 */
public final class Installer {
  /** Ends the name under which a replaced module is kept; depmod passes over such a name. */
  static final String REPLACED = ".kmodkeeper-old";

  private final HostPaths paths;
  private final Kmod kmod;
  private final InstallReceipts receipts;
  private final ModuleReader reader = new ModuleReader();

  /** Two depmods at once for one kernel: the one that began first could end last. */
  private final Lock installing = new ReentrantLock();

  public Installer(HostPaths paths, Kmod kmod, InstallReceipts receipts) {
    this.paths = paths;
    this.kmod = kmod;
    this.receipts = receipts;
  }

  /**
   * A complete module outside of the kernel's tree, under its final file name.
   *
   * @param builtFor the kernel that its vermagic must name
   */
  record Staged(String module, Path file, Kernel builtFor) {}

  /**
   * Installs the modules and proves that depmod and modprobe take them.
   *
   * @param origin where they come from, for people; null for a build of the kernel's own
   * @throws RemedyAction.Failed if one does not stand the proof; all is as it was before
   */
  void install(Kernel kernel, Driver driver, List<Staged> modules, @Nullable String origin)
      throws IOException, InterruptedException, RemedyAction.Failed {
    for (Staged staged : modules) {
      proveFits(staged);
    }
    installing.lockInterruptibly();
    try {
      installProven(kernel, driver, modules, origin);
    } finally {
      installing.unlock();
    }
  }

  private void installProven(
      Kernel kernel, Driver driver, List<Staged> modules, @Nullable String origin)
      throws IOException, InterruptedException, RemedyAction.Failed {
    Path extra = paths.extra(kernel);
    Files.createDirectories(extra);
    List<Path> kept = new ArrayList<>();
    List<Path> added = new ArrayList<>();
    boolean proven = false;
    try {
      for (Staged staged : modules) {
        kept.addAll(keepReplaced(extra, staged.module()));
      }
      for (Staged staged : modules) {
        Path target = extra.resolve(staged.file().getFileName());
        added.add(target);
        AtomicFile.copy(staged.file(), target);
        removeOtherEndings(extra, staged.module(), target);
      }
      proveResolves(kernel, modules);
      proven = true;
      // It is evidence, and no part of the driver: where it cannot be written, the module stays.
      writeReceipt(kernel, driver, added, origin);
    } finally {
      if (!proven) {
        rollBack(kernel, kept, added);
      }
      for (Path old : kept) {
        Files.deleteIfExists(old);
      }
    }
  }

  /** Lets another program install. */
  interface Installation {
    Completed run() throws IOException, InterruptedException;
  }

  /**
   * Takes a driver's modules out of {@code extra/} while another program installs its own: dkms
   * would take ours for what it has to keep. They come back unless modprobe finds the new ones.
   */
  Completed replace(Kernel kernel, Driver driver, Installation other)
      throws IOException, InterruptedException {
    List<Path> kept = new ArrayList<>();
    boolean resolved = false;
    try {
      for (String module : driver.modules()) {
        List<Path> copies = copies(paths.extra(kernel), module);
        kept.addAll(keepReplaced(paths.extra(kernel), module));
        for (Path old : copies) {
          Files.delete(old);
        }
      }
      Completed done = other.run();
      resolved = hasAdded(kernel, driver);
      return done;
    } finally {
      if (resolved) {
        for (Path old : kept) {
          Files.deleteIfExists(old);
        }
      } else {
        rollBack(kernel, kept, List.of());
      }
    }
  }

  /**
   * On a full disk depmod leaves an empty list of modules, by which dkms tells how the kernel's are
   * compressed: then a new one is made.
   */
  void renewEmptyList(Kernel kernel) throws IOException, InterruptedException {
    Path list = paths.tree(kernel).resolve("modules.dep");
    if (Files.exists(list) && Files.size(list) == 0) {
      kmod.depmod(kernel);
    }
  }

  /** Whether modprobe would load, of each of the driver's modules, none of the kernel's own. */
  boolean hasAdded(Kernel kernel, Driver driver) throws IOException, InterruptedException {
    return kmod.resolve(kernel, driver.modules()).values().stream()
        .allMatch(one -> one.file() != null && isAdded(kernel, one.file()));
  }

  /**
   * Removes the modules that we have installed, byte for byte, once a package has others: the two
   * would be in each other's way.
   */
  void removeInstalled(Kernel kernel, Driver driver) throws IOException, InterruptedException {
    Optional<InstallReceipts.Receipt> receipt = receipts.read(kernel, driver.name());
    boolean removed = false;
    for (String name : receipt.map(it -> it.files().keySet()).orElse(Set.of())) {
      Path file = paths.tree(kernel).resolve(name);
      if (Files.isRegularFile(file) && receipts.isOf(receipt.orElseThrow(), file, kernel)) {
        Files.delete(file);
        removed = true;
      }
    }
    if (removed) {
      kmod.depmod(kernel);
    }
  }

  private boolean isAdded(Kernel kernel, Path file) {
    return !file.startsWith(paths.tree(kernel).resolve("kernel"));
  }

  /** Whether the module is what it should be, and was built for the kernel that it should be. */
  void proveFits(Staged staged) throws IOException, InterruptedException, RemedyAction.Failed {
    ModuleContent content = read(staged.file());
    String name = content.name();
    String builtFor = content.vermagic().split(" ", 2)[0];
    if (!ModuleName.canonical(name).equals(ModuleName.canonical(staged.module()))) {
      throw failed("the built module is " + name + ", expected " + staged.module());
    }
    if (!builtFor.equals(staged.builtFor().release())) {
      throw failed("the module was built for " + builtFor + ", expected " + staged.builtFor());
    }
  }

  private ModuleContent read(Path file)
      throws IOException, InterruptedException, RemedyAction.Failed {
    try {
      return reader.read(file);
    } catch (DamagedModuleException damaged) {
      throw failed("the built " + file.getFileName() + " " + damaged.getMessage());
    }
  }

  private void proveResolves(Kernel kernel, List<Staged> modules)
      throws IOException, InterruptedException, RemedyAction.Failed {
    Completed depmod = kmod.depmod(kernel);
    if (!depmod.succeeded()) {
      throw failed("depmod: " + depmod.complaint());
    }
    for (Staged staged : modules) {
      Kmod.Resolved resolved = kmod.resolve(kernel, staged.module());
      // Another copy that wins is not this build's failure: an override comes next.
      if (resolved.file() == null) {
        throw failed("modprobe does not resolve " + staged.module() + ": " + resolved.complaint());
      }
    }
  }

  private void writeReceipt(Kernel kernel, Driver driver, List<Path> files, @Nullable String origin)
      throws IOException {
    Map<String, String> digests = new TreeMap<>();
    for (Path file : files) {
      digests.put(paths.tree(kernel).relativize(file).toString(), Sha256.of(file));
    }
    receipts.write(
        kernel, driver.name(), new InstallReceipts.Receipt(driver.version(), digests, origin));
  }

  private static List<Path> keepReplaced(Path extra, String module) throws IOException {
    List<Path> kept = new ArrayList<>();
    for (Path old : copies(extra, module)) {
      Path name = old.resolveSibling(old.getFileName() + REPLACED);
      Files.deleteIfExists(name);
      Files.createLink(name, old);
      kept.add(name);
    }
    return kept;
  }

  private static void removeOtherEndings(Path extra, String module, Path target)
      throws IOException {
    for (Path copy : copies(extra, module)) {
      if (!copy.equals(target)) {
        Files.delete(copy);
      }
    }
  }

  private static List<Path> copies(Path extra, String module) throws IOException {
    return DirectoryListing.of(extra).stream()
        .filter(file -> ModuleName.holds(file.getFileName().toString(), module))
        .toList();
  }

  private void rollBack(Kernel kernel, List<Path> kept, List<Path> added)
      throws IOException, InterruptedException {
    List<Path> restored = new ArrayList<>();
    for (Path old : kept) {
      restored.add(restore(old));
    }
    for (Path target : added) {
      if (!restored.contains(target)) {
        Files.deleteIfExists(target);
      }
    }
    // If we were interrupted, depmod must still run: the tree has changed back.
    boolean interrupted = Thread.interrupted();
    kmod.depmod(kernel);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives it the name that it had, in place of what has that now. */
  private static Path restore(Path old) throws IOException {
    String name = old.getFileName().toString();
    Path original = old.resolveSibling(name.substring(0, name.length() - REPLACED.length()));
    Files.move(old, original, StandardCopyOption.ATOMIC_MOVE);
    // rename(2) does nothing when both names are links to one file: it was not replaced yet.
    Files.deleteIfExists(old);
    return original;
  }

  /**
   * Puts back what an installation that never ended had replaced, and removes its partial files.
   */
  void recover(Kernel kernel) throws IOException, InterruptedException {
    Path extra = paths.extra(kernel);
    if (!Files.isDirectory(extra)) {
      return;
    }
    List<Path> remains;
    try (Stream<Path> files = Files.list(extra)) {
      remains = files.filter(Installer::isRemains).sorted().toList();
    }
    for (Path file : remains) {
      if (file.toString().endsWith(REPLACED)) {
        restore(file);
      } else {
        Files.delete(file);
      }
    }
    if (!remains.isEmpty()) {
      kmod.depmod(kernel);
    }
  }

  private static boolean isRemains(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(REPLACED) || name.endsWith(AtomicFile.PARTIAL);
  }

  private static RemedyAction.Failed failed(String detail) {
    return new RemedyAction.Failed(Outcome.NOT_PROVEN, detail);
  }
}
