package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.DepmodOverrides;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.PackagedFiles;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.initramfs.FsFreeze;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.initramfs.InitramfsBuilder;
import org.kmodkeeper.kmod.BorrowedModules;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/**
 * Takes a driver's modules out of a kernel's tree, and brings back what they had replaced.
 *
 * <p>Only files that a receipt or dkms's own copy proves to be the driver's are removed, byte for
 * byte, and parts of the kernel's own; any other copy stays.
 */
public final class ModuleRemover {
  private final HostPaths paths;
  private final InstallReceipts receipts;
  private final DepmodOverrides overrides;
  private final OutOfTreeModules added;
  private final Dkms dkms;
  private final Kmod kmod;
  private final PackagedFiles packaged;
  private final OriginalModules inTree;
  private final Initramfs initramfs;
  private final InitramfsRenewal renewal;
  private final Duration timeout;

  public ModuleRemover(HostPaths paths, CommandRunner runner, Settings settings) {
    this.paths = paths;
    this.receipts = new InstallReceipts(paths);
    this.overrides = new DepmodOverrides(paths);
    this.added = new OutOfTreeModules(paths);
    this.dkms = new Dkms(paths, runner);
    this.kmod = new Kmod(paths, runner);
    this.packaged = new PackagedFiles(runner);
    this.inTree = new OriginalModules(paths, new ModuleReader(), dkms, kmod, packaged);
    this.initramfs = new Initramfs(paths, runner.heartbeat());
    this.renewal =
        new InitramfsRenewal(
            paths, initramfs, new InitramfsBuilder(runner), new FsFreeze(paths, runner));
    this.timeout = settings.buildTimeout();
  }

  /** The SHA-256 of all that is proven to be the driver's for that kernel. */
  public Set<String> proven(String driver, Kernel kernel) throws IOException {
    Set<String> digests = new HashSet<>();
    receipts.read(kernel, driver).ifPresent(receipt -> digests.addAll(receipt.files().values()));
    for (Path built : dkms.builtModules(driver, kernel)) {
      digests.add(Sha256.of(built));
    }
    return digests;
  }

  /** The files in the kernel's tree that are the driver's. */
  public List<Path> files(Kernel kernel, Set<String> proven) throws IOException {
    List<Path> files = new ArrayList<>();
    if (!proven.isEmpty()) {
      for (Path file : added.of(kernel)) {
        if (Files.isRegularFile(file) && proven.contains(Sha256.of(file))) {
          files.add(file);
        }
      }
    }
    return files;
  }

  /**
   * Keeps a copy of each of the kernel's own modules that dkms may lose when it gives them back.
   */
  public void save(Kernel kernel, Set<String> modules) throws IOException, InterruptedException {
    inTree.save(kernel, modules);
  }

  /** The files that modprobe would load. */
  public Set<Path> loaded(Kernel kernel, Set<String> modules)
      throws IOException, InterruptedException {
    Set<Path> files = new HashSet<>();
    for (Kmod.Resolved resolved : kmod.resolve(kernel, modules).values()) {
      Optional.ofNullable(resolved.file()).ifPresent(files::add);
    }
    return files;
  }

  /**
   * The links in kernels' trees that lead to files of the driver in another kernel's tree, also in
   * that of a kernel that has gone.
   */
  public Map<Kernel, List<Path>> links(String driver, List<Kernel> installed) throws IOException {
    var borrowed = BorrowedModules.of(paths, installed);
    Set<Kernel> all = new TreeSet<>(installed);
    all.addAll(receipts.kernels());
    Map<Kernel, List<Path>> links = new TreeMap<>();
    for (Kernel donor : all) {
      for (Path file : files(donor, proven(driver, donor))) {
        for (Path link : borrowed.linksTo(file)) {
          // One to a whole directory is not the driver's alone.
          if (Files.isRegularFile(link)) {
            Kernel owner = new Kernel(paths.modules().relativize(link).getName(0).toString());
            links.computeIfAbsent(owner, none -> new ArrayList<>()).add(link);
          }
        }
      }
    }
    return links;
  }

  /**
   * Makes the kernel's tree whole without the driver, once its files have gone.
   *
   * @param modules the driver's modules
   * @param before the files that modprobe loaded before
   * @return what was done, and what the kernel is left without, one line each
   * @throws IOException if depmod or a new initramfs fails; to be repeated
   */
  public List<String> restore(String driver, Kernel kernel, Set<String> modules, Set<Path> before)
      throws IOException, InterruptedException {
    List<String> done = new ArrayList<>();
    for (String module : modules) {
      if (overrides.forget(kernel, module)) {
        done.add("the depmod override of " + module + " for " + kernel + " is gone");
      }
    }
    Set<Path> home = new TreeSet<>(inTree.restore(kernel, modules));
    for (Path part : parts(kernel, modules)) {
      Files.delete(part);
      done.add(part + ", a part of the kernel's own, is removed");
    }
    Completed depmod = kmod.depmod(kernel);
    if (!depmod.succeeded()) {
      throw new IOException("depmod " + kernel + ": " + depmod.complaint());
    }
    Map<String, Optional<Path>> resolved = new HashMap<>();
    for (String module : modules) {
      Optional<Path> file = Optional.ofNullable(kmod.resolve(kernel, module).file());
      resolved.put(module, file);
      // dkms 3.2 and later bring it home themselves.
      file.filter(own -> own.startsWith(paths.tree(kernel).resolve("kernel")))
          .filter(own -> !before.contains(own))
          .ifPresent(home::add);
      if (file.isEmpty()) {
        done.add(kernel + " has no " + module + " now and will not load one after a reboot");
      }
    }
    home.forEach(own -> done.add(own + ", the kernel's own, is restored"));
    renewInitramfs(driver, kernel, resolved).ifPresent(done::add);
    receipts.forget(kernel, driver);
    return done;
  }

  /**
   * On a full disk, dkms leaves the first bytes of the kernel's own module where it brings that
   * back, and they would hide the whole one.
   */
  private List<Path> parts(Kernel kernel, Set<String> modules)
      throws IOException, InterruptedException {
    List<Path> parts = new ArrayList<>();
    for (String module : modules) {
      for (Path file : added.of(kernel, module)) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
            && isPartOfOwn(file, kernel, module)
            && !packaged.contain(file)) {
          parts.add(file);
        }
      }
    }
    return parts;
  }

  private boolean isPartOfOwn(Path file, Kernel kernel, String module) throws IOException {
    Path tree = paths.tree(kernel).resolve("kernel");
    if (!Files.isDirectory(tree)) {
      return false;
    }
    try (Stream<Path> own = Files.walk(tree)) {
      for (Path whole : (Iterable<Path>) own::iterator) {
        if (ModuleName.holds(whole.getFileName().toString(), module)
            && Files.size(file) < Files.size(whole)
            && Files.mismatch(file, whole) == Files.size(file)) {
          return true;
        }
      }
    }
    return false;
  }

  private Optional<String> renewInitramfs(
      String driver, Kernel kernel, Map<String, Optional<Path>> resolved)
      throws IOException, InterruptedException {
    boolean stale = false;
    for (Map.Entry<String, Optional<Path>> module : resolved.entrySet()) {
      stale |= !initramfs.copy(kernel, module.getKey(), module.getValue()).fits();
    }
    Optional<Path> image = initramfs.image(kernel);
    if (!stale || image.isEmpty()) {
      return Optional.empty();
    }
    BuildLog log = BuildLog.begin(paths.logs(kernel).resolve(driver + ".drop.log"));
    try {
      renewal.renew(kernel, image.get().toRealPath(), resolved, timeout, log);
      return Optional.of(image.get() + " is regenerated");
    } catch (RemedyAction.Failed failed) {
      throw new IOException(failed.getMessage() + "; see " + log.file());
    }
  }
}
