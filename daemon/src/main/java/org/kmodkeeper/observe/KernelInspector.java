package org.kmodkeeper.observe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.LruCache;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation.Access;
import org.kmodkeeper.signing.SignaturePolicy;

/** Looks at what all drivers share on one kernel. */
public final class KernelInspector {
  /** Those of a kernel's headers that change when the headers do. */
  private static final List<String> HEADERS =
      List.of("Makefile", "Module.symvers", "include/generated/utsrelease.h");

  private final HostPaths paths;
  private final KernelInventory inventory;
  private final ModuleReader reader;
  private final Symvers symvers;
  private final SignaturePolicy signatures;
  private final LruCache<FileStamp, Path> owns = new LruCache<>(1024);

  public KernelInspector(
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

  public KernelFacts inspect(HostFacts host, Kernel kernel, Access access)
      throws IOException, InterruptedException {
    Optional<Path> own = own(kernel);
    return new KernelFacts(
        kernel,
        access,
        headers(kernel),
        own.isPresent() ? vermagic(own.get()) : "",
        symvers.find(kernel),
        signatures.enforcedByItself(kernel).or(host::signaturesEnforcedBy));
  }

  /** Where the kernel's headers are, or null if no build can use them. */
  @Nullable Path headers(Kernel kernel) {
    return inventory.headers(kernel).orElse(null);
  }

  /**
   * What access(2) says of a kernel's tree that is there. A refusal because of who asks, or because
   * the kernel is being removed, has its own class in Java; what is left is EROFS.
   */
  public Access access(Kernel kernel) {
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
  private Optional<Path> own(Kernel kernel) throws IOException {
    Path directory = paths.tree(kernel).resolve("kernel");
    Optional<FileStamp> identity = FileStamp.of(directory);
    if (identity.isEmpty()) {
      return Optional.empty();
    }
    Optional<Path> known = owns.find(identity.get()).filter(Files::exists);
    return known.isPresent() ? known : search(directory, identity.get());
  }

  private Optional<Path> search(Path directory, FileStamp identity) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      Optional<Path> found =
          files
              .filter(file -> ModuleName.ending(file.getFileName().toString()).isPresent())
              .findFirst();
      found.ifPresent(file -> owns.put(identity, file));
      return found;
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
  }

  private String vermagic(Path own) throws IOException, InterruptedException {
    try {
      return reader.read(own).vermagic();
    } catch (DamagedModuleException unusable) {
      return "";
    }
  }

  /** Of the kernel and its headers: another one means that a failed build may now succeed. */
  String digest(KernelFacts facts) {
    Path tree = paths.tree(facts.kernel());
    var digest =
        new InputDigest()
            // A kernel that went and came again is another one: what failed on the old one says
            // nothing.
            .add(FileStamp.of(tree.resolve("modules.order")))
            .add(FileStamp.of(tree.resolve("modules.builtin")));
    @Nullable Path headers = facts.headers();
    if (headers != null) {
      digest.add(FileStamp.of(headers));
      for (String file : HEADERS) {
        digest.add(FileStamp.of(headers.resolve(file)));
      }
    }
    return digest.text();
  }
}
