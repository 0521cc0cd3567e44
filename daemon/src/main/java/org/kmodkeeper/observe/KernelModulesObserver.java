package org.kmodkeeper.observe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverFacts;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.Observation;

/** Observes all drivers on one kernel. */
final class KernelModulesObserver {
  private final KernelInspector kernels;
  private final ModuleResolver resolver;
  private final ModuleInspector modules;
  private final FitInspector fits;
  private final Initramfs initramfs;

  KernelModulesObserver(
      KernelInspector kernels,
      ModuleResolver resolver,
      ModuleInspector modules,
      FitInspector fits,
      Initramfs initramfs) {
    this.kernels = kernels;
    this.resolver = resolver;
    this.modules = modules;
    this.fits = fits;
    this.initramfs = initramfs;
  }

  /**
   * What is the same for all kernels.
   *
   * @param commandLines asked for each look, as it is of little that a command line matters
   */
  record Shared(HostFacts host, List<InspectedDriver> drivers, CommandLines.Now commandLines) {}

  /**
   * As many observations as drivers, in the same order. What cannot be read of one kernel is told
   * by them, so that it does not hide the others.
   */
  List<Observation> observe(Kernel kernel, Shared shared) throws InterruptedException {
    KernelFacts facts = kernels.unread(shared.host(), kernel);
    try {
      facts = kernels.inspect(shared.host(), shared.commandLines().options(kernel), facts);
      return read(facts, shared);
    } catch (IOException unreadable) {
      String why = IoErrors.text(unreadable);
      List<Observation> unread = new ArrayList<>();
      for (InspectedDriver driver : shared.drivers()) {
        DriverFacts on = driver.on(kernel);
        String inputs = inputs(driver, on.driver(), shared.host(), why);
        unread.add(new Observation(driver.policy(), on, facts, List.of(), why, inputs));
      }
      return unread;
    }
  }

  private List<Observation> read(KernelFacts facts, Shared shared)
      throws IOException, InterruptedException {
    Kernel kernel = facts.kernel();
    String digest = kernels.digest(facts);
    Set<String> names = new LinkedHashSet<>();
    shared.drivers().forEach(driver -> names.addAll(driver.on(kernel).modules()));
    Map<String, Kmod.Resolved> resolved =
        resolver.resolve(kernel, names, shared.commandLines().of(kernel));
    initramfs.expect(names);
    List<List<Path>> chains =
        resolved.values().stream()
            .map(Kmod.Resolved::chain)
            .filter(chain -> !chain.isEmpty())
            .toList();
    Map<Path, Fit> fitting = fits.compare(facts, chains);
    List<Observation> observations = new ArrayList<>();
    for (InspectedDriver driver : shared.drivers()) {
      DriverFacts on = driver.on(kernel);
      observations.add(
          new Observation(
              driver.policy(),
              on,
              facts,
              modules(facts, on.driver(), resolved, fitting),
              driver.unreadable(),
              inputs(driver, on.driver(), shared.host(), digest)));
    }
    return observations;
  }

  private List<Observation.Module> modules(
      KernelFacts facts,
      @Nullable Driver driver,
      Map<String, Kmod.Resolved> resolved,
      Map<Path, Fit> fitting)
      throws IOException, InterruptedException {
    List<Observation.Module> seen = new ArrayList<>();
    if (driver != null) {
      for (String name : driver.modules()) {
        Kmod.Resolved how = Objects.requireNonNull(resolved.get(name));
        @Nullable Path file = how.file();
        @Nullable Fit fit = file == null ? null : fitting.get(file);
        seen.add(modules.inspect(facts, driver, name, how, fit));
      }
    }
    return seen;
  }

  private static String inputs(
      InspectedDriver inspected, @Nullable Driver driver, HostFacts host, String kernel) {
    String inputs =
        new InputDigest()
            // What was tried counts also where there is no network, as before a boot.
            .add(inspected.policy().withoutNetwork())
            .add(driver)
            .add(inspected.dkms())
            .add(host.digest())
            .add(kernel)
            .add(inspected.digest())
            .text();
    return InputDigest.signedBy(inputs, host.key());
  }
}
