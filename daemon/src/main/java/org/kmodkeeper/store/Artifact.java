package org.kmodkeeper.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.kmodkeeper.host.Sha256;

/**
 * The modules of one driver that were built for one kernel.
 *
 * @param directory where the files are
 */
public record Artifact(Path directory, Manifest manifest) {
  /** Where its manifest is. */
  public Path manifestFile() {
    return directory.resolve(ArtifactStore.MANIFEST);
  }

  /** Where a module's file is. */
  public Path file(Manifest.Module module) {
    return directory.resolve(module.file());
  }

  /**
   * Compares its files with the manifest.
   *
   * @throws DamagedArtifactException if one is not what was stored
   */
  public void verify() throws IOException, DamagedArtifactException {
    for (Manifest.Module module : manifest.modules()) {
      Path file = file(module);
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new DamagedArtifactException("its " + module.file() + " is missing");
      }
      if (!Sha256.of(file).equals(module.sha256())) {
        throw new DamagedArtifactException("its " + module.file() + " was changed");
      }
    }
  }

  /** The bytes that its files take. */
  public long size() throws IOException {
    long size = 0;
    for (Manifest.Module module : manifest.modules()) {
      size += Files.size(file(module));
    }
    return size;
  }
}
