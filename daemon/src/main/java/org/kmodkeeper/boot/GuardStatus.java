package org.kmodkeeper.boot;

import java.io.IOException;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.BootState;
import org.kmodkeeper.model.Kernel;

/**
 * How the boot loader stands.
 *
 * @param loader its name, or null if it is not supported
 * @param usual the kernel that boots by default, or null if that is not known
 * @param once the kernel that boots the next time only, or null if nobody asked for that
 * @param wanted the kernel that the default comes back to, or null without a hold
 * @param since when the hold began, or null without one
 * @param lack why the kernel that boots next cannot boot, ready or not, and what to do; or null
 * @param trouble what an operator should know, in one line, or null
 */
public record GuardStatus(
    @Nullable String loader,
    @Nullable Kernel usual,
    @Nullable Kernel once,
    @Nullable Kernel wanted,
    @Nullable Instant since,
    @Nullable String lack,
    @Nullable String trouble) {
  static final String UNKNOWN_LOADER = "kmodkeeper does not support the boot loader";

  /** The name of a boot loader that is there, and says nothing. */
  private static final String UNREADABLE = "unreadable";

  /** None that is known. */
  static GuardStatus withoutLoader(Set<Kernel> imageless) {
    @Nullable String lack =
        imageless.stream().sorted().findFirst().map(InstalledKernels::complaint).orElse(null);
    return new GuardStatus(null, null, null, null, null, lack, UNKNOWN_LOADER);
  }

  /** One that is there, and cannot be read. */
  static GuardStatus unreadable(IOException failed) {
    String trouble = "cannot read the boot loader: " + IoErrors.text(failed);
    return new GuardStatus(UNREADABLE, null, null, null, null, null, trouble);
  }

  /**
   * As it has been read.
   *
   * @param hold the last one, in force or not
   * @param imageless the kernels that lack their initramfs
   * @param other what boots next whatever the boot loader says, or null
   */
  static GuardStatus of(
      BootMenu menu, @Nullable Hold hold, Set<Kernel> imageless, @Nullable String other) {
    boolean inForce = hold != null && hold.setting().equals(menu.setting());
    @Nullable BootEntry once = menu.once();
    return new GuardStatus(
        Grub.NAME,
        menu.defaultKernel().orElse(null),
        once == null ? null : once.kernel(),
        hold != null && inForce ? hold.wanted() : null,
        hold != null && inForce ? Instant.ofEpochSecond(hold.since()) : null,
        menu.nextKernel().filter(imageless::contains).map(InstalledKernels::complaint).orElse(null),
        trouble(menu, hold, imageless, other));
  }

  private static @Nullable String trouble(
      BootMenu menu, @Nullable Hold hold, Set<Kernel> imageless, @Nullable String other) {
    if (menu.doubt() != null) {
      return "which kernel boots next is not known: " + menu.doubt();
    }
    @Nullable BootEntry next = menu.once() == null ? menu.usual() : menu.once();
    if (next == null || next.kernel() == null) {
      return (next == null ? "no entry" : "entry '" + next.title() + "'")
          + " boots next, which is not a known kernel";
    }
    if (menu.obstacle() != null) {
      return menu.obstacle();
    }
    if (other != null) {
      return other;
    }
    boolean lacking = hold != null && imageless.contains(hold.wanted());
    return hold != null && lacking ? InstalledKernels.complaint(hold.wanted()) : null;
  }

  /** What of it is published: this kernel boots next, or nobody knows which. */
  BootState state(@Nullable Kernel next) {
    BootState.Certainty certainty = BootState.Certainty.KNOWN;
    if (lack != null) {
      certainty = BootState.Certainty.LACKING;
    } else if (next == null) {
      certainty = loader == null ? BootState.Certainty.UNSUPPORTED : BootState.Certainty.UNDECIDED;
    }
    return new BootState(
        next,
        certainty,
        wanted == null || since == null ? null : new BootState.Hold(wanted, since));
  }

  /** The kernel that boots next, or null if that is not known. */
  public @Nullable Kernel next() {
    return once == null ? usual : once;
  }
}
