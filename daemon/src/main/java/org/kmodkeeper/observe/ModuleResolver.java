package org.kmodkeeper.observe;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.FileDependentCache;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModprobeConfig;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.process.CommandRunner;

/** Says what modprobe would do on a kernel, had the host booted it. */
final class ModuleResolver {
  /** What modprobe reads to answer, beside its configuration. */
  private static final List<String> INDEXES =
      List.of("dep.bin", "alias.bin", "builtin.bin", "softdep");

  private static final int MAX_KERNELS = 1024;

  private final HostPaths paths;
  private final Kmod kmod;
  private final ModprobeConfig settings;
  private final FileDependentCache<Question, Map<String, Kmod.Resolved>> answers;

  private record Question(Kernel kernel, Set<String> modules) {}

  ModuleResolver(HostPaths paths, CommandRunner runner, Clock clock) {
    this.paths = paths;
    this.kmod = new Kmod(paths, runner);
    this.settings = new ModprobeConfig(paths);
    this.answers = new FileDependentCache<>(MAX_KERNELS, clock);
  }

  /** By the modules' names what modprobe would do with each. */
  Map<String, Kmod.Resolved> resolve(
      Kernel kernel, Set<String> modules, CommandLines.Blacklists blacklists)
      throws IOException, InterruptedException {
    List<Path> reads = new ArrayList<>();
    for (String index : INDEXES) {
      reads.add(paths.tree(kernel).resolve("modules." + index));
    }
    for (Path directory : paths.modprobeConfiguration()) {
      reads.add(directory);
      reads.addAll(DirectoryListing.of(directory));
    }
    Map<String, Kmod.Resolved> now =
        answers.get(new Question(kernel, modules), reads, () -> kmod.resolve(kernel, modules));
    Map<String, Kmod.Resolved> booted = new HashMap<>();
    for (Map.Entry<String, Kmod.Resolved> one : now.entrySet()) {
      booted.put(one.getKey(), booted(one.getKey(), one.getValue(), blacklists));
    }
    return booted;
  }

  private Kmod.Resolved booted(String module, Kmod.Resolved now, CommandLines.Blacklists blacklists)
      throws IOException {
    if (now.file() == null) {
      return now;
    }
    Optional<String> refusal = blacklists.trouble(module, now.chain());
    if (refusal.isPresent()) {
      return new Kmod.Resolved(Resolution.BLACKLISTED, now.chain(), refusal.get());
    }
    return now.resolution() == Resolution.BLACKLISTED
            && blacklists.mislead(module)
            && !settings.blacklists(module)
        ? new Kmod.Resolved(Resolution.FILE, now.chain(), null)
        : now;
  }

  /** The lines of modprobe.d and depmod.d that bear on a module. */
  List<String> settings(Kernel kernel, String module) throws IOException, InterruptedException {
    return settings.on(kernel, module);
  }
}
