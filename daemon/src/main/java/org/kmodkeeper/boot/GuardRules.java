package org.kmodkeeper.boot;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Plan;

/**
 * Says what to do about the default kernel. A pure function of what is seen, what is remembered and
 * the time.
 *
 * <p>Only a default that a package update chose is moved. It is one if no one has moved the setting
 * since it was last looked at, or if it was moved to a kernel that has just come: package managers
 * do both in one go, operators do not.
 */
final class GuardRules {
  /** How long after its arrival a kernel may become the default by its own installation. */
  private static final Duration JUST_COME = Duration.ofMinutes(10);

  private final BootMenu menu;
  private final InstalledKernels kernels;
  private final GuardState remembered;
  private final GuardMode mode;
  private final long now;

  GuardRules(
      BootMenu menu, InstalledKernels kernels, GuardState remembered, GuardMode mode, Instant now) {
    this.menu = menu;
    this.kernels = kernels;
    this.remembered = remembered;
    this.mode = mode;
    this.now = now.getEpochSecond();
  }

  Decision decide() {
    @Nullable String doubt = menu.doubt();
    if (doubt != null) {
      return InstalledKernels.areBootable(kernels.states())
          ? new Decision.Rest()
          : new Decision.Warn("which kernel boots next is not known: " + doubt);
    }
    @Nullable Hold hold = remembered.hold();
    if (hold != null && (isInForce(hold) || hasLostItsKernel(hold))) {
      return whileHeld(hold);
    }
    Optional<Kernel> usual = menu.defaultKernel();
    if (usual.isEmpty()) {
      // Another system, or a tool: a kernel update does not choose that.
      return new Decision.Rest();
    }
    if (isOperators(usual.get(), hold)) {
      return new Decision.LeaveToOperator(
          new GuardState.OperatorChoice(menu.setting(), usual.get()),
          mayStay(usual.get()) ? "" : warning(usual.get()));
    }
    return mayStay(usual.get()) ? new Decision.Rest() : move(usual.get(), menu.setting());
  }

  private boolean isInForce(Hold hold) {
    return hold.setting().equals(menu.setting());
  }

  /** Its package was removed, which also set another default; nobody chose that. */
  private boolean hasLostItsKernel(Hold hold) {
    return hold.stage() == Hold.Stage.DONE && kernels.find(hold.held()).isEmpty();
  }

  private Decision whileHeld(Hold hold) {
    Kernel wanted = hold.wanted();
    if (hold.before().isEmpty()) {
      // No entry was saved: the first one is meant, whichever that is by now.
      Optional<Kernel> first = menu.entries().stream().findFirst().map(BootEntry::kernel);
      wanted = first.filter(kernel -> kernels.find(kernel).isPresent()).orElse(wanted);
    } else if (kernels.find(wanted).isEmpty() && isHeld(hold)) {
      return new Decision.Settle(hold.held());
    }
    if (kernels.find(wanted).isPresent() && (mode != GuardMode.HOLD || isSafe(wanted))) {
      return new Decision.Release(wanted, hold.before());
    }
    return isHeld(hold)
        ? new Decision.Keep(hold.because(reason(wanted)))
        : move(wanted, hold.before());
  }

  /** Whether the stand-in is installed and boots. */
  private boolean isHeld(Hold hold) {
    return mayStay(hold.held())
        && !kernels.imageless().contains(hold.held())
        && menu.defaultKernel().filter(hold.held()::equals).isPresent();
  }

  private boolean isOperators(Kernel usual, @Nullable Hold hold) {
    String setting = menu.setting();
    if (kernels.find(usual).isEmpty() && !remembered.knows(usual)) {
      // A rescue entry, or a kernel of one's own without modules: no update brings that.
      return true;
    }
    if (new GuardState.OperatorChoice(setting, usual).equals(remembered.operators())
        || usual.release().equals(remembered.released())) {
      return kernels.find(usual).isPresent();
    }
    if (remembered.kernels().isEmpty()) {
      return !newestOfItsFlavour(usual);
    }
    boolean interrupted = hold != null && hold.stage() == Hold.Stage.INTENDED;
    if (interrupted || setting.equals(remembered.setting())) {
      return false;
    }
    long came = remembered.firstSeen(usual, now);
    return hold != null ? came <= hold.since() : came <= now - JUST_COME.toSeconds();
  }

  private boolean newestOfItsFlavour(Kernel usual) {
    return kernels.states().stream()
        .map(KernelState::kernel)
        .filter(kernel -> Fallback.flavour(kernel).equals(Fallback.flavour(usual)))
        .findFirst()
        .map(usual::equals)
        .orElse(true);
  }

  private Decision move(Kernel from, String before) {
    if (mode != GuardMode.HOLD) {
      return new Decision.Warn(warning(from));
    }
    if (menu.obstacle() != null) {
      return new Decision.Warn(warning(from) + "; the default cannot be moved: " + menu.obstacle());
    }
    List<Kernel> installed = kernels.states().stream().map(KernelState::kernel).toList();
    Optional<Kernel> safe =
        new Fallback(remembered.defaults(), kernels.running(), installed)
            .of(from, kernel -> isSafe(kernel) && menu.entries(kernel).findAny().isPresent());
    if (safe.isEmpty()) {
      return isWorkedOn(from)
          ? new Decision.Rest()
          : new Decision.Warn(warning(from) + "; no other kernel is bootable");
    }
    return new Decision.Move(
        new Hold(
            from, before, safe.get(), entry(safe.get()), now, reason(from), Hold.Stage.INTENDED));
  }

  /** The entry that was the default before, else the kernel's own. */
  private String entry(Kernel kernel) {
    String last = remembered.setting();
    return menu.entries(kernel)
        .filter(entry -> entry.id().equals(last) || entry.title().equals(last))
        .findFirst()
        .or(() -> menu.entry(kernel, menu.usual()))
        .map(BootEntry::id)
        .orElseThrow();
  }

  /** Whether the default may be moved to it: never to one that lacks its initramfs. */
  private boolean isSafe(Kernel kernel) {
    return kernels.isBootable(kernel) && !kernels.imageless().contains(kernel);
  }

  private boolean mayStay(Kernel kernel) {
    return kernels.isStillBootable(kernel, remembered);
  }

  /** Whether everything that makes it not bootable is about to be fixed. */
  private boolean isWorkedOn(Kernel kernel) {
    return kernels.find(kernel).stream()
        .flatMap(state -> state.drivers().stream())
        .filter(driver -> !driver.bootable())
        .map(driver -> driver.plan() instanceof Plan.Apply)
        .reduce(Boolean::logicalAnd)
        .orElse(false);
  }

  private String warning(Kernel kernel) {
    return "kernel " + kernel + " boots by default and is not bootable: " + reason(kernel);
  }

  /** The first driver that makes the kernel not bootable. */
  private String reason(Kernel kernel) {
    return kernels.find(kernel).stream()
        .flatMap(state -> state.drivers().stream())
        .filter(driver -> !driver.bootable())
        .map(GuardRules::reason)
        .findFirst()
        .orElse(kernels.find(kernel).isPresent() ? "it has no initramfs" : "it is not installed");
  }

  private static String reason(DriverState driver) {
    return DriverLine.subject(driver.observation().policy().name(), null)
        + ": "
        + DriverLine.reason(driver.finding().verdict(), driver.finding().detail(), null);
  }
}
