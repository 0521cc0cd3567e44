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
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.KernelFacts.Access;
import org.kmodkeeper.model.KernelFacts.SignatureRule;
import org.kmodkeeper.signing.SignaturePolicy;

/** Reads what all drivers share on one kernel. */
final class KernelInspector {
  /** Those of a kernel's headers that change when the headers do. */
  private static final List<String> HEADERS =
      List.of("Makefile", "Module.symvers", "include/generated/utsrelease.h");

  private final HostPaths paths;
  private final KernelInventory inventory;
  private final ModuleReader reader;
  private final Symvers symvers;
  private final SignaturePolicy signatures;

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

  /** What is known of a kernel whose own files cannot be read. */
  KernelFacts unread(HostFacts host, Kernel kernel) {
    @Nullable Path headers = inventory.headers(kernel).orElse(null);
    return new KernelFacts(
        kernel, access(kernel), headers, host.missingTools(), host.toolchain(), null, null, null);
  }

  /**
   * The same with what its own files say.
   *
   * @param options that it boots with; empty if that is not known
   */
  KernelFacts inspect(HostFacts host, String options, KernelFacts unread)
      throws IOException, InterruptedException {
    Kernel kernel = unread.kernel();
    Optional<String> itself = signatures.enforcedByItself(kernel);
    Optional<String> hosts = Optional.ofNullable(host.signaturesEnforcedBy());
    @Nullable String enforcedBy =
        itself
            .or(() -> hosts)
            .or(() -> SignaturePolicy.enforcedBy(options).map(word -> word + " of its boot entry"))
            .orElse(null);
    return new KernelFacts(
        kernel,
        unread.access(),
        unread.headers(),
        unread.missingTools(),
        unread.toolchain(),
        vermagic(kernel),
        symvers.find(kernel).orElse(null),
        enforcedBy == null ? null : new SignatureRule(enforcedBy, host.certificates()));
  }

  /**
   * What access(2) says of a kernel's tree that is there. A refusal because of who asks, or because
   * the kernel is being removed, has its own class in Java; what is left is EROFS.
   */
  private Access access(Kernel kernel) {
    Path tree = paths.tree(kernel);
    try {
      tree.getFileSystem().provider().checkAccess(tree, AccessMode.WRITE);
      return Access.WRITABLE;
    } catch (AccessDeniedException | NoSuchFileException other) {
      return Access.WRITABLE;
    } catch (IOException readOnly) {
      return Files.exists(paths.ostreeBooted()) ? Access.PART_OF_IMAGE : Access.READ_ONLY;
    }
  }

  /** That of any of the kernel's own modules: they agree in what is asked of them. */
  private @Nullable String vermagic(Kernel kernel) throws IOException, InterruptedException {
    Path directory = paths.tree(kernel).resolve("kernel");
    if (!Files.isDirectory(directory)) {
      return null;
    }
    Optional<Path> own;
    try (Stream<Path> files = Files.walk(directory)) {
      own =
          files
              .filter(file -> ModuleName.ending(file.getFileName().toString()).isPresent())
              .findFirst();
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
    try {
      return own.isPresent() ? reader.read(own.get()).vermagic() : null;
    } catch (DamagedModuleException unusable) {
      return null;
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
