package org.kmodkeeper.reconcile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.DriverSources;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.DkmsState;
import org.kmodkeeper.model.Observation.Footprint;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Policy.Origin;
import org.kmodkeeper.tools.DkmsConf;
import org.kmodkeeper.tools.Kmod;

/** One look at the disk; what several cells of the table share is read once. */
final class Look {
  private final Observer observer;
  private final Map<Policy, Optional<DriverSources.Source>> sources = new HashMap<>();
  private final Map<Path, String> digests = new HashMap<>();
  private final Map<String, Footprint> footprints = new HashMap<>();

  Look(Observer observer) {
    this.observer = observer;
  }

  /** Looks at several drivers for one kernel; as many observations, in the same order. */
  List<Observation> observe(Kernel kernel, List<Policy> policies)
      throws IOException, InterruptedException {
    KernelFacts facts = observer.kernels().inspect(kernel);
    List<@Nullable Driver> drivers = new ArrayList<>();
    List<String> excluded = new ArrayList<>();
    var modules = new LinkedHashSet<String>();
    for (Policy policy : policies) {
      Optional<DkmsConf> conf = conf(facts, policy);
      @Nullable Driver driver = driver(policy, conf);
      drivers.add(driver);
      excluded.add(conf.map(DkmsConf::excluded).orElse(""));
      if (driver != null) {
        modules.addAll(driver.modules());
      }
    }
    Map<String, Kmod.Resolved> resolved = observer.resolve(kernel, modules);
    List<List<Path>> chains =
        resolved.values().stream()
            .map(Kmod.Resolved::chain)
            .filter(chain -> !chain.isEmpty())
            .toList();
    Map<Path, Fit> fits = observer.fits().compare(facts, chains);
    List<Observation> observations = new ArrayList<>();
    for (int at = 0; at < policies.size(); at++) {
      Policy policy = policies.get(at);
      @Nullable Driver driver = drivers.get(at);
      observations.add(
          new Observation(
              kernel,
              policy,
              driver,
              excluded.get(at),
              driver == null ? footprint(policy) : Footprint.USED_BEFORE,
              modules(facts, driver, resolved, fits),
              facts.access(),
              facts.headers(),
              observer.missingTools(),
              dkmsState(driver),
              inputs(policy, driver, facts)));
    }
    return observations;
  }

  private List<Observation.Module> modules(
      KernelFacts facts,
      @Nullable Driver driver,
      Map<String, Kmod.Resolved> resolved,
      Map<Path, Fit> fits)
      throws IOException, InterruptedException {
    List<Observation.Module> modules = new ArrayList<>();
    if (driver != null) {
      for (String name : driver.modules()) {
        Kmod.Resolved how = Objects.requireNonNull(resolved.get(name));
        Observation.Module module = observer.modules().inspect(facts, driver, name, how);
        @Nullable Path file = how.file();
        modules.add(
            new Observation.Module(
                name,
                module.resolution(),
                module.resolved(),
                file == null ? null : fits.get(file),
                initramfs(facts.kernel(), module),
                module.ours(),
                module.trouble()));
      }
    }
    return modules;
  }

  /** It is the copy of ours that matters: a build comes first, and then asks again. */
  private @Nullable InitramfsCopy initramfs(Kernel kernel, Observation.Module module)
      throws IOException, InterruptedException {
    ModuleFile ours = module.ours();
    return ours != null && ours.equals(module.resolved())
        ? observer.initramfs().copy(kernel, module.name(), ours.path())
        : null;
  }

  private Optional<DriverSources.Source> source(Policy policy) throws IOException {
    if (!sources.containsKey(policy)) {
      sources.put(
          policy,
          policy.origin() == Origin.DKMS
              ? observer.dkms().newest(policy.name())
              : observer.sources().find(policy.name(), policy.version()));
    }
    return Objects.requireNonNull(sources.get(policy));
  }

  /** What dkms.conf says, where something of it is needed: it takes bash to read one. */
  private Optional<DkmsConf> conf(KernelFacts facts, Policy policy)
      throws IOException, InterruptedException {
    Optional<DriverSources.Source> source = source(policy);
    if (source.isEmpty()) {
      return Optional.empty();
    }
    Path file = source.get().directory().resolve("dkms.conf");
    boolean needed =
        Files.isReadable(file)
            && (policy.modules().isEmpty()
                || Files.readString(file, ISO_8859_1).contains("BUILD_EXCLUSIVE"));
    if (!needed) {
      return Optional.empty();
    }
    var byName =
        new Driver(
            policy.name(),
            source.get().version(),
            source.get().directory(),
            List.of(policy.name()));
    try {
      return Optional.of(observer.confs().of(byName, facts.kernel()));
    } catch (IOException unreadable) {
      // Its build will tell why; other drivers and kernels have nothing to do with it.
      return Optional.empty();
    }
  }

  private @Nullable Driver driver(Policy policy, Optional<DkmsConf> conf) throws IOException {
    Optional<DriverSources.Source> source = source(policy);
    if (source.isEmpty()) {
      return null;
    }
    List<String> names = policy.modules();
    if (names.isEmpty() && conf.isPresent()) {
      names = conf.get().products().stream().map(DkmsConf.Product::module).toList();
    }
    return new Driver(
        policy.name(),
        source.get().version(),
        source.get().directory(),
        names.isEmpty() ? List.of(policy.name()) : names);
  }

  private Footprint footprint(Policy policy) throws IOException {
    @Nullable Footprint known = footprints.get(policy.name());
    if (known == null) {
      known = observer.wasUsed(policy) ? Footprint.USED_BEFORE : Footprint.NEVER_USED;
      footprints.put(policy.name(), known);
    }
    return known;
  }

  private DkmsState dkmsState(@Nullable Driver driver) {
    if (!observer.dkms().isInstalled()) {
      return DkmsState.NOT_INSTALLED;
    }
    return driver != null && observer.dkms().isRegistered(driver.name(), driver.version())
        ? DkmsState.REGISTERED
        : DkmsState.NOT_REGISTERED;
  }

  private String inputs(Policy policy, @Nullable Driver driver, KernelFacts facts)
      throws IOException {
    var digest = new InputDigest().add(policy).add(driver).add(dkmsState(driver));
    digest.add(toolsDigest());
    // A kernel that went and came again is another one: what failed on the old one says nothing.
    digest.add(kernelDigest(facts.kernel()));
    if (driver != null) {
      digest.add(sourceDigest(driver));
    }
    @Nullable Path headers = facts.headers();
    if (headers != null) {
      digest.add(headersDigest(headers));
    }
    return digest.text();
  }

  private String toolsDigest() throws IOException {
    return digestOnce(Path.of("tools"), observer::digestTools);
  }

  private String kernelDigest(Kernel kernel) throws IOException {
    Path tree = observer.tree(kernel);
    return digestOnce(
        tree,
        digest ->
            digest.addFile(tree.resolve("modules.order")).addFile(tree.resolve("modules.builtin")));
  }

  private String sourceDigest(Driver driver) throws IOException {
    return digestOnce(driver.source(), digest -> observer.digestSource(driver, digest));
  }

  private String headersDigest(Path headers) throws IOException {
    return digestOnce(
        headers,
        digest ->
            digest
                .addFile(headers)
                .addFile(headers.resolve("Makefile"))
                .addFile(headers.resolve("Module.symvers"))
                .addFile(headers.resolve("include/generated/utsrelease.h")));
  }

  /** What is digested. */
  private interface Digested {
    void into(InputDigest digest) throws IOException;
  }

  private String digestOnce(Path what, Digested digested) throws IOException {
    @Nullable String known = digests.get(what);
    if (known == null) {
      var digest = new InputDigest();
      digested.into(digest);
      known = digest.text();
      digests.put(what, known);
    }
    return known;
  }
}
