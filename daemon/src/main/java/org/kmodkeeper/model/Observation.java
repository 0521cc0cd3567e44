package org.kmodkeeper.model;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was read from disk for one (kernel, driver); facts only.
 *
 * @param driver the source found, or null if there is none
 * @param excluded the line of its dkms.conf that keeps it off this kernel; empty if none does
 * @param unreadable what could not be read, so that nothing is known of the driver on this kernel;
 *     empty if all could
 * @param footprint whether any kernel of this host shows that the driver was in use
 * @param modules one entry for each module of the driver; empty without a driver, or where the
 *     kernel's files are what could not be read
 * @param access whether a remedy can change the kernel's tree
 * @param headers where the kernel's headers are, or null if they are not installed
 * @param missingTools programs that a build needs and that are not installed
 * @param dkms what dkms can do for this driver
 * @param inputs a digest of all that a build depends on; a new digest means that a failed build may
 *     now succeed
 */
public record Observation(
    Kernel kernel,
    Policy policy,
    @Nullable Driver driver,
    String excluded,
    String unreadable,
    Footprint footprint,
    List<Module> modules,
    Access access,
    @Nullable Path headers,
    List<String> missingTools,
    DkmsState dkms,
    String inputs) {
  public Observation {
    modules = List.copyOf(modules);
    missingTools = List.copyOf(missingTools);
  }

  /** The same for another policy, which changes nothing of what was read. */
  public Observation under(Policy other) {
    return new Observation(
        kernel,
        other,
        driver,
        excluded,
        unreadable,
        footprint,
        modules,
        access,
        headers,
        missingTools,
        dkms,
        inputs);
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
                    && !file.builtFor().equals(kernel.release()));
  }

  /** Whether the driver was ever in use on this host. */
  public enum Footprint {
    NEVER_USED,
    USED_BEFORE
  }

  /** Whether a kernel's tree can be changed. */
  public enum Access {
    WRITABLE,
    /** Its file system is mounted read-only. */
    READ_ONLY
  }

  /** What dkms can do for a driver. */
  public enum DkmsState {
    NOT_INSTALLED,
    NOT_REGISTERED,
    REGISTERED
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
      @Nullable String trouble) {}
}
