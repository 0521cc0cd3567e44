package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.build.BuildSpace;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.build.Kbuild;
import org.kmodkeeper.build.SigningKey;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.compress.Decompressor;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.signing.Certificates;
import org.kmodkeeper.signing.ModuleSignature;

/**
 * Signs what dkms has built and installed, where it has not signed it itself, as dkms 3.4 leaves it
 * in what it takes for a chroot, or has with another key than the one that signs on this host; and
 * what was stored before this host had that key.
 */
public final class ModuleSigner {
  private final HostPaths paths;
  private final Dkms dkms;
  private final Kbuild kbuild;
  private final DkmsConfReader confs;
  private final OutOfTreeModules added;

  public ModuleSigner(HostPaths paths, CommandRunner runner, Dkms dkms) {
    this.paths = paths;
    this.dkms = dkms;
    this.kbuild = new Kbuild(paths, runner);
    this.confs = new DkmsConfReader(paths, runner);
    this.added = new OutOfTreeModules(paths);
  }

  /**
   * Signs the driver's modules, those that dkms keeps as well as their copies in the kernel's tree,
   * so that they stay the same. Without a key, or with one that cannot be used, they stay as they
   * are.
   *
   * @param headers the kernel's
   * @return whether any was signed
   * @throws IOException if one cannot be; the message says why
   */
  boolean sign(Driver driver, Kernel kernel, Path headers)
      throws IOException, InterruptedException {
    Map<String, Path> built = new TreeMap<>();
    for (String module : driver.modules()) {
      dkms.built(driver, kernel, module).ifPresent(file -> built.put(module, file));
    }
    if (built.isEmpty()) {
      return false;
    }
    BuildSpace space = BuildSpace.of(paths.builds(), driver, kernel, headers);
    var target = new DkmsConfReader.Target(kernel, headers);
    Optional<SigningKey> key =
        SigningKey.find(paths, space, confs.describe(driver, target).signing());
    Optional<X509Certificate> certificate =
        key.isPresent() ? Certificates.in(key.get().certificate()) : Optional.empty();
    boolean signed = false;
    try {
      for (Map.Entry<String, Path> one : built.entrySet()) {
        if (certificate.isPresent() && !ModuleSignature.isBy(one.getValue(), certificate.get())) {
          sign(space, one.getKey(), one.getValue(), key.orElseThrow());
          signed = true;
        }
      }
      return signed;
    } catch (DamagedModuleException garbled) {
      throw new IOException("dkms's module " + garbled.getMessage(), garbled);
    } finally {
      FileUtils.deleteDirectory(space.root().toFile());
    }
  }

  /**
   * Copies of modules that were made earlier, signed with this host's own key, in a directory.
   *
   * @return empty if this host has no key of its own, or the kernel checks no signature
   * @throws IOException if one cannot be signed; the message says why
   */
  Optional<List<Installer.Staged>> signCopies(
      List<Installer.Staged> modules, Kernel kernel, Path directory)
      throws IOException, InterruptedException, DamagedModuleException {
    Optional<SigningKey> key = SigningKey.own(paths, kernel);
    if (key.isEmpty()) {
      return Optional.empty();
    }
    Files.createDirectories(directory);
    List<Installer.Staged> signed = new ArrayList<>();
    for (Installer.Staged staged : modules) {
      Path copy = signCopy(staged.module(), staged.file(), key.get(), directory);
      signed.add(new Installer.Staged(staged.module(), copy, staged.builtFor()));
    }
    return Optional.of(signed);
  }

  private void sign(BuildSpace space, String module, Path built, SigningKey key)
      throws IOException, InterruptedException, DamagedModuleException {
    List<Path> same = new ArrayList<>();
    for (Path copy : added.of(space.kernel(), module)) {
      if (!Files.isSymbolicLink(copy) && Files.mismatch(copy, built) < 0) {
        same.add(copy);
      }
    }
    same.add(built);
    Files.createDirectories(space.stage());
    Path copy = signCopy(module, built, key, space.stage());
    for (Path file : same) {
      AtomicFile.copy(copy, file);
    }
  }

  /** Compressed as the module is. */
  private Path signCopy(String module, Path built, SigningKey key, Path directory)
      throws IOException, InterruptedException, DamagedModuleException {
    Path plain = directory.resolve(module + ".ko");
    Decompressor.read(built, in -> Files.copy(in, plain, StandardCopyOption.REPLACE_EXISTING));
    check(kbuild.sign(key, plain));
    String ending = ModuleName.ending(built.getFileName().toString()).orElseThrow();
    check(kbuild.compress(plain, ending));
    return directory.resolve(module + ending);
  }

  private static void check(Completed ran) throws IOException {
    if (!ran.succeeded()) {
      throw new IOException(ran.command().program() + ": " + ran.complaint());
    }
  }
}
