package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * dkms's own hook of kernel-install, which builds inside of the package transaction.
 *
 * <p>It is masked as kernel-install(8) says: by a link to {@code /dev/null} of the same name in
 * {@code /etc/kernel/install.d}.
 */
public final class DkmsHook {
  private static final String NAME = "40-dkms.install";

  private final Path hook;
  private final Path mask;
  private final Path other;

  public DkmsHook(HostPaths paths) {
    this.hook = paths.root().resolve("usr/lib/kernel/install.d").resolve(NAME);
    this.mask = paths.root().resolve("etc/kernel/install.d").resolve(NAME);
    // For whoever installs kernels without kernel-install(8), as EL 7 does.
    this.other = paths.root().resolve("etc/kernel/postinst.d/dkms");
  }

  /** The link that masks it. */
  public Path mask() {
    return mask;
  }

  /** Whether dkms has one. */
  public boolean isThere() {
    return Files.exists(hook);
  }

  /** A hook of dkms that is not of kernel-install, and that no mask keeps from building. */
  public Optional<Path> other() {
    return Optional.of(other).filter(Files::exists);
  }

  public boolean isMasked() throws IOException {
    return Files.isSymbolicLink(mask) && Files.readSymbolicLink(mask).equals(HostPaths.NOWHERE);
  }

  /**
   * Masks it, also for a dkms that comes later.
   *
   * @return whether it was not masked before
   * @throws FileAlreadyExistsException if the operator has their own hook in its place
   */
  public boolean disable() throws IOException {
    if (isMasked()) {
      return false;
    }
    if (Files.exists(mask, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(mask.toString());
    }
    Files.createDirectories(Objects.requireNonNull(mask.getParent()));
    Files.createSymbolicLink(mask, HostPaths.NOWHERE);
    return true;
  }

  /**
   * Takes the mask away.
   *
   * @return whether it was masked before
   */
  public boolean enable() throws IOException {
    boolean masked = isMasked();
    if (masked) {
      Files.delete(mask);
    }
    return masked;
  }
}
