package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.DriverSources;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.Receipts;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.DkmsState;
import org.kmodkeeper.model.Observation.Footprint;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.tools.BuildSpace;
import org.kmodkeeper.tools.Dkms;
import org.kmodkeeper.tools.DkmsConf;
import org.kmodkeeper.tools.Kbuild;

/** Reads from disk all that is to be known about one (kernel, driver); changes nothing. */
public final class Observer {
  private static final List<String> BUILD_TOOLS = List.of("make", "gcc");

  private final HostPaths paths;
  private final SearchPath searchPath;
  private final DriverSources sources;
  private final Receipts receipts;
  private final KernelInventory inventory;
  private final Dkms dkms;
  private final Kbuild kbuild;
  private final ModuleInspector modules;

  public Observer(
      HostPaths paths,
      SearchPath searchPath,
      DriverSources sources,
      Receipts receipts,
      KernelInventory inventory,
      Dkms dkms,
      Kbuild kbuild,
      ModuleInspector modules) {
    this.paths = paths;
    this.searchPath = searchPath;
    this.sources = sources;
    this.receipts = receipts;
    this.inventory = inventory;
    this.dkms = dkms;
    this.kbuild = kbuild;
    this.modules = modules;
  }

  /** Looks at one driver for one kernel. */
  public Observation observe(Kernel kernel, Policy policy)
      throws IOException, InterruptedException {
    @Nullable Path headers = headers(kernel);
    @Nullable Driver driver = driver(kernel, policy, headers);
    List<Observation.Module> found = new ArrayList<>();
    if (driver != null) {
      for (String module : driver.modules()) {
        found.add(modules.inspect(kernel, driver, module));
      }
    }
    return new Observation(
        kernel,
        policy,
        driver,
        driver == null ? footprint(policy) : Footprint.USED_BEFORE,
        found,
        headers,
        BUILD_TOOLS.stream().filter(tool -> searchPath.find(tool).isEmpty()).toList(),
        dkmsState(driver),
        inputs(policy, driver, headers));
  }

  /** Where the kernel's headers are, if a build can use them. */
  private @Nullable Path headers(Kernel kernel) {
    Path build = paths.tree(kernel).resolve("build");
    boolean usable =
        Files.exists(build.resolve("Makefile"))
            && Files.exists(build.resolve("include/generated/autoconf.h"));
    return usable ? build : null;
  }

  private @Nullable Driver driver(Kernel kernel, Policy policy, @Nullable Path headers)
      throws IOException, InterruptedException {
    Optional<DriverSources.Source> source = sources.find(policy.name(), policy.version());
    if (source.isEmpty()) {
      return null;
    }
    String version = source.get().version();
    Path directory = source.get().directory();
    var byName = new Driver(policy.name(), version, directory, List.of(policy.name()));
    List<String> names = policy.modules();
    if (names.isEmpty()) {
      Path build = headers == null ? paths.tree(kernel).resolve("build") : headers;
      DkmsConf conf = kbuild.describe(BuildSpace.of(paths, byName, kernel, build));
      names = conf.products().stream().map(DkmsConf.Product::module).toList();
    }
    return names.isEmpty() ? byName : new Driver(policy.name(), version, directory, names);
  }

  private Footprint footprint(Policy policy) throws IOException {
    if (dkms.isRegistered(policy.name()) || receipts.anyOf(policy.name())) {
      return Footprint.USED_BEFORE;
    }
    List<String> names = policy.modules().isEmpty() ? List.of(policy.name()) : policy.modules();
    for (Kernel kernel : inventory.installed()) {
      for (String module : names) {
        if (!modules.added(kernel, module).isEmpty()) {
          return Footprint.USED_BEFORE;
        }
      }
    }
    return Footprint.NEVER_USED;
  }

  private DkmsState dkmsState(@Nullable Driver driver) {
    if (!dkms.isInstalled()) {
      return DkmsState.NOT_INSTALLED;
    }
    return driver != null && dkms.isRegistered(driver.name(), driver.version())
        ? DkmsState.REGISTERED
        : DkmsState.NOT_REGISTERED;
  }

  private String inputs(Policy policy, @Nullable Driver driver, @Nullable Path headers)
      throws IOException {
    var digest = new InputDigest().add(policy).add(driver).add(dkmsState(driver));
    for (String tool : List.of("make", "gcc", "dkms")) {
      Optional<Path> program = searchPath.find(tool);
      if (program.isPresent()) {
        digest.addFile(program.get());
      }
    }
    if (driver != null) {
      digest.addTree(driver.source());
      digest.addFile(paths.dkmsConfiguration().resolve(driver.name() + ".conf"));
    }
    if (headers != null) {
      digest
          .addFile(headers)
          .addFile(headers.resolve("Makefile"))
          .addFile(headers.resolve("Module.symvers"))
          .addFile(headers.resolve("include/generated/utsrelease.h"));
    }
    return digest.text();
  }
}
