package org.kmodkeeper.remedy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy.Reuse;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.DamagedArtifactException;
import org.kmodkeeper.store.Manifest;

/** Which stored artifacts come into question for a driver on a kernel. */
public final class ArtifactSelection {
  private final ArtifactStore store;
  private final Kmod kmod;

  public ArtifactSelection(ArtifactStore store, Kmod kmod) {
    this.store = store;
    this.kmod = kmod;
  }

  /** The one for this very kernel first, then the newest kernels. */
  public List<Artifact> candidates(Driver driver, Kernel kernel, Reuse reuse) throws IOException {
    List<Artifact> own = new ArrayList<>();
    List<Artifact> others = new ArrayList<>();
    for (Artifact artifact : store.of(driver)) {
      Manifest manifest = artifact.manifest();
      if (manifest.kernel().equals(kernel)) {
        own.add(artifact);
      } else if (reuse != Reuse.NO && manifest.variant().equals(kernel.variant())) {
        others.add(artifact);
      }
    }
    own.addAll(others);
    return own;
  }

  /** Why it is not to be used for any kernel of this host as it is; empty if nothing is against. */
  public Optional<String> refusal(Artifact artifact, Driver driver, SourceIdentity source)
      throws IOException, InterruptedException {
    Manifest manifest = artifact.manifest();
    if (!manifest.architecture().equals(kmod.architecture())) {
      return Optional.of("it is for " + manifest.architecture());
    }
    if (!manifest.source().equals(source.source())) {
      return Optional.of("the driver's source has changed since");
    }
    if (!manifest.recipe().equals(source.recipe())) {
      return Optional.of("the way to build the driver has changed since");
    }
    if (!manifest.modules().stream()
        .map(Manifest.Module::name)
        .toList()
        .containsAll(driver.modules())) {
      return Optional.of("it lacks some of the modules " + driver.modules());
    }
    try {
      artifact.verify();
      return Optional.empty();
    } catch (DamagedArtifactException damaged) {
      return Optional.of(String.valueOf(damaged.getMessage()));
    }
  }
}
