package org.kmodkeeper.guard;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.bootloader.BootEntry;
import org.kmodkeeper.bootloader.BootMenu;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;

/**
 * Says what to do about the default kernel. A pure function of what is seen, what is remembered and
 * the time.
 *
 * <p>Only a default that a package update chose is moved. It is one if no one has moved the setting
 * since it was last looked at, or if it was moved to a kernel that has just come: package managers
 * do both in one go, operators do not.
 */
final class GuardJudge {
  /** So long after its first sight a kernel may become the default by its own installation. */
  private static final Duration JUST_COME = Duration.ofMinutes(10);

  private final BootMenu menu;
  private final List<KernelState> kernels;
  private final Set<Kernel> imageless;
  private final Memory memory;
  private final GuardMode mode;
  private final long now;

  /**
   * @param kernels the installed ones, newest first
   * @param imageless those that lack their initramfs: the default is never moved to one
   */
  GuardJudge(
      BootMenu menu,
      List<KernelState> kernels,
      Set<Kernel> imageless,
      Memory memory,
      GuardMode mode,
      Instant now) {
    this.menu = menu;
    this.kernels = kernels;
    this.imageless = imageless;
    this.memory = memory;
    this.mode = mode;
    this.now = now.getEpochSecond();
  }

  Decision decide() {
    @Nullable Hold hold = memory.hold();
    boolean inForce = hold != null && hold.setting().equals(menu.setting());
    if (hold != null && inForce) {
      return whileHeld(hold);
    }
    Optional<Kernel> usual = menu.defaultKernel();
    if (usual.isEmpty()) {
      // Another system, or a tool: nothing that an update of kernels chooses.
      return new Decision.Rest();
    }
    boolean interrupted = hold != null && hold.stage() == Hold.Stage.INTENDED;
    @Nullable Hold broken = interrupted ? null : hold;
    if (isOperators(usual.get(), broken, interrupted)) {
      return new Decision.LeaveToOperator(
          new Memory.Choice(menu.setting(), usual.get()),
          isBootable(usual.get()) ? "" : warning(usual.get()));
    }
    return isBootable(usual.get()) ? new Decision.Rest() : move(usual.get(), menu.setting());
  }

  private Decision whileHeld(Hold hold) {
    Optional<BootEntry> wanted = wanted(hold);
    Optional<Kernel> kernel = wanted.map(BootEntry::kernel);
    if (kernel.isEmpty() || mode != GuardMode.HOLD || isSafe(kernel.get())) {
      Kernel next = kernel.orElse(hold.wanted());
      boolean asBefore = hold.before().isEmpty() || hold.wanted().equals(next);
      String setting = asBefore ? hold.before() : wanted.map(BootEntry::id).orElse(hold.before());
      return new Decision.Release(next, setting);
    }
    return isSafe(hold.held()) && menu.defaultKernel().filter(hold.held()::equals).isPresent()
        ? new Decision.Rest()
        : move(kernel.get(), hold.before());
  }

  /** What would boot without the hold; an erased kernel gives way to the newest one. */
  private Optional<BootEntry> wanted(Hold hold) {
    if (hold.before().isEmpty()) {
      return menu.entries().stream().findFirst();
    }
    return menu.entry(hold.wanted(), null)
        .or(
            () ->
                kernels.stream()
                    .flatMap(one -> menu.entry(one.kernel(), null).stream())
                    .findFirst());
  }

  private boolean isOperators(Kernel usual, @Nullable Hold broken, boolean interrupted) {
    String setting = menu.setting();
    if (new Memory.Choice(setting, usual).equals(memory.operators())
        || usual.release().equals(memory.released())) {
      return true;
    }
    if (memory.kernels().isEmpty()) {
      return !kernels.isEmpty() && !usual.equals(kernels.get(0).kernel());
    }
    if (interrupted || setting.equals(memory.setting())) {
      return false;
    }
    long came = memory.firstSeen(usual, now);
    return broken != null ? came <= broken.since() : came <= now - JUST_COME.toSeconds();
  }

  private Decision move(Kernel from, String before) {
    if (mode != GuardMode.HOLD) {
      return new Decision.Warn(warning(from));
    }
    if (menu.obstacle() != null) {
      return new Decision.Warn(warning(from) + "; it cannot be moved: " + menu.obstacle());
    }
    Optional<Kernel> safe =
        kernels.stream()
            .map(KernelState::kernel)
            .filter(kernel -> isSafe(kernel) && menu.entry(kernel, null).isPresent())
            .min(newestLike(from));
    if (safe.isEmpty()) {
      return new Decision.Warn(warning(from) + "; no other kernel is bootable");
    }
    String setting = menu.entry(safe.get(), null).orElseThrow().id();
    return new Decision.Move(
        new Hold(from, before, safe.get(), setting, now, reason(from), Hold.Stage.INTENDED));
  }

  /** The newest first; of one version the same variant, then the plain one. */
  private static Comparator<Kernel> newestLike(Kernel model) {
    return Comparator.comparing(Kernel::version, Kernel.VERSION_ORDER.reversed())
        .thenComparing(kernel -> !kernel.variant().equals(model.variant()))
        .thenComparing(Comparator.naturalOrder());
  }

  /** Whether the default may be moved to it. */
  private boolean isSafe(Kernel kernel) {
    return isBootable(kernel) && !imageless.contains(kernel);
  }

  private boolean isBootable(Kernel kernel) {
    return state(kernel).filter(KernelState::bootable).isPresent();
  }

  private Optional<KernelState> state(Kernel kernel) {
    return kernels.stream().filter(one -> one.kernel().equals(kernel)).findFirst();
  }

  private String warning(Kernel kernel) {
    return "kernel " + kernel + " boots by default and is not bootable: " + reason(kernel);
  }

  /** The first driver that keeps the kernel from being bootable. */
  private String reason(Kernel kernel) {
    return state(kernel).stream()
        .flatMap(state -> state.drivers().stream())
        .filter(driver -> !driver.bootable())
        .map(
            driver ->
                "driver "
                    + driver.observation().policy().name()
                    + ": "
                    + driver.finding().verdict()
                    + ": "
                    + driver.finding().detail())
        .findFirst()
        .orElse("it is not installed");
  }
}
