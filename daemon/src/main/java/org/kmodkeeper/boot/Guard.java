package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.BootState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.systemd.MessageId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Holds the boot loader's default on a bootable kernel until the one that a package update made the
 * default is bootable too.
 *
 * <p>{@link #keep} and {@link #release} belong to one thread at a time; {@link #status} only reads.
 */
public final class Guard {
  private static final Logger log = LoggerFactory.getLogger("org.kmodkeeper");

  private final HostPaths paths;
  private final BootLoaders loaders;
  private final Path file;
  private final Path motd;
  private final Clock clock;
  private List<String> warned = List.of();

  public Guard(HostPaths paths, CommandRunner runner, Clock clock) {
    this.paths = paths;
    this.loaders = new BootLoaders(paths, runner);
    this.file = paths.state().resolve("guard.json");
    // motd(5)
    this.motd = paths.root().resolve("run/motd.d/kmodkeeper");
    this.clock = clock;
  }

  /**
   * Moves the default if it must be moved; to be called when no package transaction runs. Failures
   * are reported, and the host boots what it would have booted before.
   *
   * @param kernels the installed ones, newest first
   * @return whether there was no failure
   */
  public synchronized boolean keep(List<KernelState> kernels, GuardMode mode)
      throws InterruptedException {
    List<String> warnings = new ArrayList<>();
    boolean done = false;
    try {
      keep(kernels, mode, warnings);
      done = true;
    } catch (IOException failed) {
      if (Thread.currentThread().isInterrupted()) {
        // The daemon is stopping; the next one looks again.
        throw new InterruptedException(failed.getMessage());
      }
      warnings.add("cannot read or change the boot loader's default: " + IoErrors.text(failed));
    }
    warnOnce(warnings);
    return done;
  }

  private void keep(List<KernelState> states, GuardMode mode, List<String> warnings)
      throws IOException, InterruptedException {
    Optional<Grub> found = loaders.find();
    GuardState remembered = GuardState.read(file);
    if (mode == GuardMode.OFF && remembered.hold() == null) {
      return;
    }
    if (found.isEmpty()) {
      if (!InstalledKernels.areBootable(states)) {
        warnings.add("which kernel boots next is not known: " + GuardStatus.UNKNOWN_LOADER);
      }
      return;
    }
    Grub loader = found.get();
    BootMenu menu = loader.read();
    InstalledKernels kernels = InstalledKernels.of(states, paths);
    Decision decision = new GuardRules(menu, kernels, remembered, mode, clock.instant()).decide();
    GuardState seen =
        remembered
            .seen(firstSeen(states, remembered), proven(kernels, remembered))
            .set(menu.setting(), menu.defaultKernel());
    GuardState after = act(loader, menu, seen, decision, warnings);
    if (!after.equals(remembered)) {
      after.write(file);
    }
    show(after.hold());
    @Nullable Hold hold = after.hold();
    if (hold != null && kernels.imageless().contains(hold.wanted())) {
      warnings.add(InstalledKernels.complaint(hold.wanted()));
    }
    @Nullable BootEntry once = menu.once();
    if (once != null && !kernels.isBootable(once.kernel())) {
      // It is the operator's own wish, and never taken back.
      warnings.add("the next boot only is into " + once.title() + ", which is not bootable");
    }
    if (kexecIsLoaded() && !InstalledKernels.areBootable(states)) {
      warnings.add(
          "a kernel is loaded for kexec, which one is not visible, and not all are bootable;"
              + " to unload it: kexec --unload");
    }
  }

  /** Tells who logs in that a hold is in force; gone with the hold, and at the next boot. */
  private void show(@Nullable Hold hold) throws IOException {
    if (hold == null) {
      Files.deleteIfExists(motd);
      return;
    }
    String text =
        """
        kmodkeeper: kernel %s is not bootable; the next boot is held on %s
            %s
            'kmodkeeper guard status' tells more, 'kmodkeeper wait' when it is over
        """
            .formatted(hold.wanted(), hold.held(), hold.why());
    if (!Files.exists(motd) || !Files.readString(motd).equals(text)) {
      AtomicFile.write(motd, text);
    }
  }

  private Map<String, Long> firstSeen(List<KernelState> kernels, GuardState remembered) {
    long now = clock.instant().getEpochSecond();
    // On the very first look nothing has just come.
    long unknown = remembered.kernels().isEmpty() ? 0 : now;
    Map<String, Long> seen = new HashMap<>();
    for (KernelState state : kernels) {
      seen.put(state.kernel().release(), remembered.firstSeen(state.kernel(), unknown));
    }
    return seen;
  }

  private static List<String> proven(InstalledKernels kernels, GuardState remembered) {
    return kernels.states().stream()
        .map(KernelState::kernel)
        .filter(kernel -> kernels.isStillBootable(kernel, remembered))
        .map(Kernel::release)
        .toList();
  }

  private GuardState act(
      Grub loader, BootMenu menu, GuardState seen, Decision decision, List<String> warnings)
      throws IOException, InterruptedException {
    if (decision instanceof Decision.Move move) {
      return hold(loader, menu, seen, move.hold());
    }
    if (decision instanceof Decision.Release release) {
      return release(loader, menu, seen, release);
    }
    if (decision instanceof Decision.Keep keep) {
      return seen.with(keep.hold().done());
    }
    if (decision instanceof Decision.Settle settled) {
      return settle(seen, settled.kernel());
    }
    if (decision instanceof Decision.LeaveToOperator theirs) {
      if (!theirs.warning().isEmpty()) {
        warnings.add(theirs.warning() + "; the operator chose it");
      }
      return seen.chosenByOperator(theirs.choice());
    }
    if (decision instanceof Decision.Warn unready) {
      warnings.add(unready.warning());
      return seen;
    }
    @Nullable Hold hold = seen.hold();
    boolean inForce = hold != null && hold.setting().equals(menu.setting());
    return seen.with(hold != null && inForce ? hold.done() : null);
  }

  private GuardState hold(Grub loader, BootMenu before, GuardState seen, Hold hold)
      throws IOException, InterruptedException {
    seen.with(hold).write(file);
    BootMenu after = set(loader, hold.setting(), hold.held());
    fields(MessageId.GUARD_HOLDS.in(log.atWarn()), hold.wanted(), name(before), hold.held())
        .log(
            "kernel {} boots next until {} is bootable: {}",
            hold.held(),
            hold.wanted(),
            hold.why());
    return seen.set(after.setting(), after.defaultKernel()).with(hold.done());
  }

  private GuardState release(
      Grub loader, BootMenu before, GuardState seen, Decision.Release release)
      throws IOException, InterruptedException {
    BootMenu after = set(loader, release.setting(), release.kernel());
    var line = MessageId.GUARD_RELEASES.in(log.atInfo());
    fields(line, release.kernel(), name(before), name(after))
        .log("kernel {} boots next again; the hold on {} has ended", name(after), name(before));
    return seen.set(after.setting(), after.defaultKernel()).with(null);
  }

  private static GuardState settle(GuardState seen, Kernel kernel) {
    Object wanted = seen.hold() == null ? "another one" : seen.hold().wanted();
    fields(MessageId.GUARD_RELEASES.in(log.atInfo()), kernel, kernel, kernel)
        .log(
            "kernel {}, which was held back, is no longer installed; kernel {} boots" + " next",
            wanted,
            kernel);
    return seen.with(null);
  }

  private static LoggingEventBuilder fields(
      LoggingEventBuilder line, Kernel about, Object before, Object after) {
    return line.addKeyValue("KERNEL_RELEASE", about)
        .addKeyValue("BOOT_BEFORE", before)
        .addKeyValue("BOOT_AFTER", after);
  }

  /** Sets the default and reads it back: the old setting may name another entry by now. */
  private static BootMenu set(Grub loader, String setting, Kernel expected)
      throws IOException, InterruptedException {
    loader.set(setting);
    BootMenu after = loader.read();
    Optional<BootEntry> entry = after.entry(expected, after.usual());
    if (!after.defaultKernel().equals(Optional.of(expected)) && entry.isPresent()) {
      loader.set(entry.get().id());
      after = loader.read();
    }
    if (entry.isPresent() && !after.defaultKernel().equals(Optional.of(expected))) {
      throw new IOException(
          Grub.NAME + " boots " + name(after) + " by default, expected " + expected);
    }
    return after;
  }

  private static String name(BootMenu menu) {
    @Nullable BootEntry usual = menu.usual();
    if (usual == null) {
      return "nothing";
    }
    @Nullable Kernel kernel = usual.kernel();
    return kernel == null ? usual.title() : kernel.release();
  }

  private boolean kexecIsLoaded() throws IOException {
    Path file = paths.sys().resolve("kernel/kexec_loaded");
    return Files.isReadable(file) && Files.readString(file).strip().equals("1");
  }

  /** Reports each warning once, until it no longer applies. */
  private void warnOnce(List<String> warnings) {
    for (String warning : warnings) {
      if (!warned.contains(warning)) {
        MessageId.GUARD_WARNS.in(log.atWarn()).log("{}", warning);
      }
    }
    warned = List.copyOf(warnings);
  }

  /**
   * Ends the hold at the operator's request; the kernel that was held back boots next, ready or
   * not.
   *
   * @return that kernel, or nothing if no hold was in force
   */
  public synchronized Optional<Kernel> release() throws IOException, InterruptedException {
    GuardState remembered = GuardState.read(file);
    @Nullable Hold hold = remembered.hold();
    Optional<Grub> loader = loaders.find();
    if (hold == null || loader.isEmpty()) {
      return Optional.empty();
    }
    BootMenu menu = loader.get().read();
    GuardState after = remembered.released(hold.wanted());
    if (hold.setting().equals(menu.setting())) {
      var decision = new Decision.Release(hold.wanted(), hold.before());
      after = release(loader.get(), menu, after, decision);
    }
    after.write(file);
    show(null);
    return Optional.of(hold.wanted());
  }

  /** The state of the boot loader now. */
  public GuardStatus status() throws InterruptedException {
    try {
      Optional<Grub> loader = loaders.find();
      Set<Kernel> imageless = InstalledKernels.of(List.of(), paths).imageless();
      if (loader.isEmpty()) {
        return GuardStatus.withoutLoader(imageless);
      }
      return GuardStatus.of(
          loader.get().read(),
          GuardState.read(file).hold(),
          imageless,
          kexecIsLoaded() ? "a kernel is loaded for kexec" : null);
    } catch (IOException unreadable) {
      return GuardStatus.unreadable(unreadable);
    }
  }

  /** What of it is published. */
  public BootState state() throws InterruptedException {
    return status().state(next().orElse(null));
  }

  /** The kernel that boots next, as far as that is known. */
  Optional<Kernel> next() throws InterruptedException {
    try {
      return loaders.menu().flatMap(BootMenu::nextKernel);
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }
}
