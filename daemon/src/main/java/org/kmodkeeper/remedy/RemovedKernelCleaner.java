package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.commons.io.file.PathUtils;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.history.EventLog;
import org.kmodkeeper.host.DepmodOverrides;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.BorrowedModules;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.Kernel;

/**
 * Cleans up after kernels that have gone, and after builds that never ended.
 *
 * <p>It removes only what a receipt proves to be ours, what dkms knows to be its own, and the files
 * that depmod makes; anything else in a leftover tree stays.
 */
public final class RemovedKernelCleaner {
  private final HostPaths paths;
  private final KernelInventory inventory;
  private final InstallReceipts receipts;
  private final DepmodOverrides overrides;
  private final Dkms dkms;
  private final Installer installer;
  private final OutOfTreeModules added;

  /** What other kernels borrow of kernels that have gone, as far as it was told. */
  private final Set<Path> lent = new HashSet<>();

  public RemovedKernelCleaner(HostPaths paths, Dkms dkms, Installer installer) {
    this.paths = paths;
    this.inventory = new KernelInventory(paths);
    this.receipts = new InstallReceipts(paths);
    this.overrides = new DepmodOverrides(paths);
    this.dkms = dkms;
    this.installer = installer;
    this.added = new OutOfTreeModules(paths);
  }

  /** Cleans up after a crash; before the first build of this run. */
  @SuppressWarnings("try")
  public void recover() throws IOException, InterruptedException {
    FileUtils.deleteDirectory(paths.builds().toFile());
    Optional<LockFile> noPreflight = LockFile.tryTake(paths.preflightLock());
    if (noPreflight.isPresent()) {
      try (LockFile held = noPreflight.get()) {
        FileUtils.deleteDirectory(paths.downloads().toFile());
        FileUtils.deleteDirectory(paths.toolchain(paths.downloads()).toFile());
      }
    }
    for (Kernel kernel : inventory.installed()) {
      installer.recover(kernel);
    }
  }

  /**
   * Removes our files of kernels that are no longer installed.
   *
   * @param wanted kernels whose logs stay: those that are installed or offered
   */
  public void clean(Set<Kernel> wanted) throws IOException, InterruptedException {
    var gone = new TreeSet<Kernel>(inventory.leftovers());
    gone.addAll(receipts.kernels());
    gone.addAll(overrides.kernels());
    gone.removeIf(kernel -> !inventory.isGone(kernel));
    if (!gone.isEmpty()) {
      sweep(gone);
    }
    sweepLogs(wanted);
  }

  private void sweep(Collection<Kernel> gone) throws IOException, InterruptedException {
    BorrowedModules borrowed;
    try {
      borrowed = BorrowedModules.of(paths, inventory.installed());
    } catch (IOException unreadable) {
      // Who uses what is not known, so nothing goes.
      EventLog.leftoversKept(unreadable);
      return;
    }
    for (Kernel kernel : gone) {
      sweep(kernel, borrowed);
    }
  }

  /** Logs go with their kernel; what came of each build is in journal and history. */
  private void sweepLogs(Set<Kernel> wanted) throws IOException {
    if (!Files.isDirectory(paths.logs())) {
      return;
    }
    try (Stream<Path> directories = Files.list(paths.logs())) {
      for (Path directory : directories.filter(Files::isDirectory).toList()) {
        String name = directory.getFileName().toString();
        if (Kernel.isRelease(name)
            && !wanted.contains(new Kernel(name))
            && inventory.isGone(new Kernel(name))) {
          FileUtils.deleteDirectory(directory.toFile());
        }
      }
    }
  }

  private void sweep(Kernel kernel, BorrowedModules borrowed)
      throws IOException, InterruptedException {
    List<String> removed = new ArrayList<>();
    for (String driver : receipts.drivers(kernel)) {
      removed.addAll(removeReceived(kernel, driver, borrowed));
    }
    if (overrides.forget(kernel)) {
      removed.add("its depmod overrides");
    }
    if (dkms.isInstalled()) {
      for (Dkms.Build build : dkms.buildsFor(kernel)) {
        Leftovers copies = removeCopies(kernel, build, borrowed);
        removed.addAll(copies.removed());
        // As long as a copy is used, dkms's own is what shows whose it is.
        if (copies.lent().isEmpty() && dkms.forget(build, kernel).succeeded()) {
          removed.add("dkms's build of " + build.driver());
        }
      }
    }
    if (!removed.isEmpty()) {
      removeEmptyTree(paths.tree(kernel));
      EventLog.kernelRemoved(kernel, removed);
    }
  }

  /**
   * What is ours in the tree of a kernel that has gone.
   *
   * @param removed the files that nobody uses, which are removed
   * @param lent those that other kernels use, which stay
   */
  private record Leftovers(List<String> removed, List<Path> lent) {
    static Leftovers none() {
      return new Leftovers(new ArrayList<>(), new ArrayList<>());
    }
  }

  private void remove(Kernel gone, Path file, BorrowedModules borrowed, Leftovers leftovers)
      throws IOException {
    List<Path> links = borrowed.linksTo(file);
    if (links.isEmpty()) {
      lent.remove(file);
      Files.delete(file);
      leftovers.removed().add(file.toString());
    } else {
      leftovers.lent().add(file);
      if (lent.add(file)) {
        EventLog.moduleKept(gone, file, links);
      }
    }
  }

  /** dkms itself no longer finds them once the tree does not tell how modules are compressed. */
  private Leftovers removeCopies(Kernel kernel, Dkms.Build build, BorrowedModules borrowed)
      throws IOException {
    var leftovers = Leftovers.none();
    for (Path built : build.modules()) {
      for (Path copy : added.of(kernel, ModuleName.stem(built))) {
        if (Files.isRegularFile(copy) && Files.mismatch(built, copy) < 0) {
          remove(kernel, copy, borrowed, leftovers);
        }
      }
    }
    return leftovers;
  }

  private List<String> removeReceived(Kernel kernel, String driver, BorrowedModules borrowed)
      throws IOException {
    Path tree = paths.tree(kernel);
    var leftovers = Leftovers.none();
    Optional<InstallReceipts.Receipt> receipt = receipts.read(kernel, driver);
    if (receipt.isPresent()) {
      for (Map.Entry<String, String> one : receipt.get().files().entrySet()) {
        Path file = tree.resolve(one.getKey()).normalize();
        if (file.startsWith(tree)
            && Files.isRegularFile(file)
            && Sha256.of(file).equals(one.getValue())) {
          remove(kernel, file, borrowed, leftovers);
        }
      }
    }
    if (leftovers.lent().isEmpty()) {
      receipts.forget(kernel, driver);
    }
    return leftovers.removed();
  }

  /** Removes a tree in which only depmod's own files and empty directories are left. */
  private static void removeEmptyTree(Path tree) throws IOException {
    if (!Files.isDirectory(tree)) {
      return;
    }
    List<Path> entries;
    try (Stream<Path> walk = Files.walk(tree)) {
      entries = walk.sorted(Comparator.reverseOrder()).toList();
    }
    boolean onlyGenerated =
        entries.stream().allMatch(entry -> Files.isDirectory(entry) || isGenerated(tree, entry));
    for (Path entry : entries) {
      if (onlyGenerated || isEmptyDirectory(entry)) {
        Files.delete(entry);
      }
    }
  }

  private static boolean isEmptyDirectory(Path path) throws IOException {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) && PathUtils.isEmptyDirectory(path);
  }

  private static boolean isGenerated(Path tree, Path file) {
    return tree.equals(file.getParent()) && file.getFileName().toString().startsWith("modules.");
  }
}
