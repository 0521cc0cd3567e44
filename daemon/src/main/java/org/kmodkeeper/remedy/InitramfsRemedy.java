package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;

/** Regenerates the kernel's initramfs, so that it contains no other build of the driver. */
public final class InitramfsRemedy implements RemedyAction {
  private final Initramfs initramfs;
  private final InitramfsRenewal renewal;

  public InitramfsRemedy(Initramfs initramfs, InitramfsRenewal renewal) {
    this.initramfs = initramfs;
    this.renewal = renewal;
  }

  @Override
  public Result apply(Job job) throws IOException, InterruptedException {
    Observation observation = job.observation();
    Optional<Path> image = initramfs.image(observation.kernel());
    if (image.isEmpty()) {
      return new Result(Outcome.NOTHING_LANDED, "the kernel has no initramfs");
    }
    Map<String, Optional<Path>> wanted = new HashMap<>();
    for (Observation.Module module : observation.modules()) {
      ModuleFile resolved = module.resolved();
      if (resolved != null) {
        wanted.put(module.name(), Optional.of(resolved.path()));
      }
    }
    // A symbolic link stays one: what it points to is replaced.
    Path old = image.get().toRealPath();
    try {
      renewal.renew(observation.kernel(), old, wanted, job.timeout(), job.log());
      return new Result(
          Outcome.NOTHING_LANDED, old + " was regenerated, but does not make the driver ready");
    } catch (RemedyAction.Failed failed) {
      return failed.result();
    }
  }

  @Override
  public Optional<String> verify(Observation after, Verdict verdict) {
    return verdict == Verdict.STALE_INITRAMFS || verdict == Verdict.UNKNOWN
        ? Optional.empty()
        : Optional.of("a new initramfs for " + after.kernel());
  }
}
