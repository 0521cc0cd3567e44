package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.KernelState.Presence;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.Facts;
import org.kmodkeeper.testing.GrubFixture;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;

/**
 * The guard with a real environment block of GRUB; as on EL 9, where an update saves an entry. Each
 * test begins a month after {@link #A} came, which is ready and boots by default.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
abstract class GuardFixture {
  static final String A = "6.1.0-9.el9.x86_64";
  static final String B = "6.1.0-20.el9.x86_64";
  static final String C = "6.1.0-30.el9.x86_64";

  final TestClock clock = new TestClock();
  private final Map<Kernel, Verdict> kernels = new TreeMap<>(java.util.Comparator.reverseOrder());
  HostFixture host;
  GrubFixture grub;
  GuardMode mode = GuardMode.HOLD;

  /** One that remembers what it has read. */
  Guard watching;

  @BeforeEach
  void let_the_first_kernel_come(@TempDir Path root) throws IOException, InterruptedException {
    host = new HostFixture(root);
    grub = GrubFixture.withBls(host.paths());
    watching = guard();
    comes(A);
    is(A, Verdict.READY);
    keep();
    clock.advance(Duration.ofDays(30));
  }

  /** A package update: the entry file, and the new kernel as the default. */
  void comes(String release) throws IOException, InterruptedException {
    grub.entryFile(id(release), release);
    grub.edit("set", "saved_entry=" + id(release));
    is(release, Verdict.MISSING);
  }

  /** Its package is erased. */
  void goes(String release) throws IOException {
    Files.delete(host.paths().blsEntries().resolve(id(release) + ".conf"));
    kernels.remove(new Kernel(release));
  }

  /** What the guard is told of that kernel's driver. */
  void is(String release, Verdict verdict) {
    kernels.put(new Kernel(release), verdict);
  }

  void operatorChooses(String release) throws IOException, InterruptedException {
    grub.edit("set", "saved_entry=" + id(release));
  }

  static String id(String release) {
    return "0123456789abcdef-" + release;
  }

  /** A new guard each time: nothing may depend on what the last one had in memory. */
  Guard guard() {
    return new Guard(host.paths(), host.runner(), clock);
  }

  /** The guard sees to the default, half a minute before whatever comes next. */
  void keep() throws InterruptedException {
    guard().keep(states(), mode);
    clock.advance(Duration.ofSeconds(30));
  }

  /** An update a day ago, which is ready and the default since. */
  void updatedYesterday(String release) throws IOException, InterruptedException {
    comes(release);
    is(release, Verdict.READY);
    keep();
    clock.advance(Duration.ofDays(1));
  }

  /** {@link #C} has come, is not ready, and the default is held on {@link #B}. */
  void heldOnB() throws IOException, InterruptedException {
    updatedYesterday(B);
    comes(C);
    keep();
    assertBoots(B);
  }

  private List<KernelState> states() {
    List<KernelState> states = new ArrayList<>();
    kernels.forEach((kernel, verdict) -> states.add(state(kernel, verdict, new Plan.Rest())));
    return states;
  }

  static KernelState state(Kernel kernel, Verdict verdict, Plan plan) {
    var finding = new Finding(verdict, "as the test says", null);
    return new KernelState(
        kernel,
        Presence.INSTALLED,
        List.of(new DriverState(Facts.missing().on(kernel).observation(), finding, plan, null)));
  }

  void assertBoots(String release) throws InterruptedException {
    assertThat(guard().status().next()).isEqualTo(new Kernel(release));
    assertThat(watching.next()).contains(new Kernel(release));
  }

  void assertNoHold() throws InterruptedException {
    assertThat(guard().status().wanted()).isNull();
    assertThat(host.paths().root().resolve("run/motd.d/kmodkeeper")).doesNotExist();
  }
}
