package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.kmodkeeper.host.FileIdentity;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.Remembered;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation.Access;
import org.kmodkeeper.tools.DamagedModuleException;
import org.kmodkeeper.tools.ModuleName;
import org.kmodkeeper.tools.ModuleReader;
import org.kmodkeeper.tools.SignaturePolicy;
import org.kmodkeeper.tools.Symvers;

/** Looks at what all drivers share on one kernel. */
final class KernelInspector {
  private final HostPaths paths;
  private final KernelInventory inventory;
  private final ModuleReader reader;
  private final Symvers symvers;
  private final SignaturePolicy signatures;
  private final Remembered<FileIdentity, Optional<Path>> owns = new Remembered<>(1024);

  KernelInspector(
      HostPaths paths,
      KernelInventory inventory,
      ModuleReader reader,
      Symvers symvers,
      SignaturePolicy signatures) {
    this.paths = paths;
    this.inventory = inventory;
    this.reader = reader;
    this.symvers = symvers;
    this.signatures = signatures;
  }

  KernelFacts inspect(Kernel kernel) throws IOException, InterruptedException {
    Optional<Path> own = own(kernel);
    return new KernelFacts(
        kernel,
        access(kernel),
        inventory.headers(kernel).orElse(null),
        own.isPresent() ? vermagic(own.get()) : "",
        symvers.find(kernel),
        signatures.demand(kernel));
  }

  /**
   * What access(2) says of a directory that is there. A refusal because of who asks, or because the
   * kernel is being removed, has a class of its own in Java; what is left is EROFS.
   */
  private Access access(Kernel kernel) {
    Path tree = paths.tree(kernel);
    try {
      tree.getFileSystem().provider().checkAccess(tree, AccessMode.WRITE);
      return Access.WRITABLE;
    } catch (AccessDeniedException | NoSuchFileException other) {
      return Access.WRITABLE;
    } catch (IOException readOnly) {
      return Access.READ_ONLY;
    }
  }

  /** Any of the kernel's own modules: they agree in what is asked of them. */
  private Optional<Path> own(Kernel kernel) throws IOException, InterruptedException {
    Optional<FileIdentity> list = FileIdentity.of(paths.tree(kernel).resolve("modules.dep"));
    if (list.isEmpty()) {
      return findOwn(kernel);
    }
    Optional<Path> known = owns.get(list.get(), () -> findOwn(kernel));
    return known.filter(Files::exists).isPresent() ? known : findOwn(kernel);
  }

  private Optional<Path> findOwn(Kernel kernel) throws IOException {
    Path directory = paths.tree(kernel).resolve("kernel");
    if (!Files.isDirectory(directory)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> ModuleName.ending(file.getFileName().toString()).isPresent())
          .findFirst();
    }
  }

  private String vermagic(Path own) throws IOException, InterruptedException {
    try {
      return reader.read(own).vermagic();
    } catch (DamagedModuleException unusable) {
      return "";
    }
  }
}
