package org.kmodkeeper.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was read from disk for one (kernel, driver); facts only.
 *
 * @param modules one entry for each module of the driver; empty without a driver, or where the
 *     kernel's files are what could not be read
 * @param unreadable what could not be read, so that nothing is known of the driver on this kernel,
 *     or null if all could
 * @param inputs a digest of all that a build depends on; a new digest means that a failed build may
 *     now succeed
 */
public record Observation(
    Policy policy,
    DriverFacts driverFacts,
    KernelFacts kernelFacts,
    List<Module> modules,
    @Nullable String unreadable,
    String inputs) {
  public Observation {
    modules = List.copyOf(modules);
  }

  public Kernel kernel() {
    return kernelFacts.kernel();
  }

  /** The source found, or null if there is none. */
  public @Nullable Driver driver() {
    return driverFacts.driver();
  }

  /** The same for another policy, which changes nothing of what was read. */
  public Observation under(Policy other) {
    return new Observation(other, driverFacts, kernelFacts, modules, unreadable, inputs);
  }

  /** Whether a module is one in another kernel's tree, with which it could go. */
  public boolean borrows() {
    return modules.stream()
        .map(Module::resolved)
        .anyMatch(file -> file != null && file.place() == ModuleFile.Place.BORROWED);
  }

  /** Whether a module in this kernel's tree was built for another kernel. */
  public boolean isReused() {
    return modules.stream()
        .map(Module::resolved)
        .anyMatch(
            file ->
                file != null
                    && file.place() == ModuleFile.Place.ADDED
                    && !file.builtFor().equals(kernel().release()));
  }

  /** What modprobe would do with a module's name. */
  public enum Resolution {
    /** It would load a file. */
    FILE,
    /** It knows no such module. */
    NOTHING,
    /** The kernel has it built in; no file can replace it. */
    BUILT_IN,
    /** An {@code install} line in modprobe.d runs a command instead. */
    INSTALL_COMMAND,
    /** It would load a file when asked for it by name, but nothing will ask: it is blacklisted. */
    BLACKLISTED,
    /** It would load a file that is not a complete module. */
    DAMAGED,
    /** It could not be found out. */
    UNREADABLE
  }

  /**
   * One module in one kernel's tree.
   *
   * @param resolution what modprobe would do
   * @param resolved the file that it would load, or null if there is none that can be read
   * @param fit how that file fits the kernel, or null without one
   * @param initramfs how the copy in the kernel's initramfs relates to that file, or null without
   *     one
   * @param ours a file outside of {@code kernel/} that is proven to be of the wanted version and
   *     whose vermagic the kernel accepts, or null
   * @param trouble what the tools complained of, or null
   */
  public record Module(
      String name,
      Resolution resolution,
      @Nullable ModuleFile resolved,
      @Nullable Fit fit,
      @Nullable InitramfsCopy initramfs,
      @Nullable ModuleFile ours,
      @Nullable String trouble) {
    /** One of which modprobe would load no file that can be read. */
    public static Module withoutFile(
        String name, Resolution resolution, @Nullable ModuleFile ours, @Nullable String trouble) {
      return new Module(name, resolution, null, null, null, ours, trouble);
    }
  }
}
