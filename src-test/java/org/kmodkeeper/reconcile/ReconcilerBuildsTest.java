package org.kmodkeeper.reconcile;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Policy.Reuse;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.testing.GrubFixture;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;
import org.kmodkeeper.testing.TestSettings;

/** Which builds run side by side, and which not. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReconcilerBuildsTest extends ReconcilerFixture {
  private static final String OLD = "6.1.0-1.el9.x86_64";
  private static final String MIDDLE = "6.1.0-2.el9.x86_64";
  private static final String NEW = "6.1.0-3.el9.x86_64";
  private static final String ONE = "0x00000001 netif_rx vmlinux";
  private static final String OTHER = "0x00000002 netif_rx vmlinux";

  private Thread thread = new Thread();

  /** Each build tells that it has begun, and takes the kernel's CRC when its gate is opened. */
  private String gated(String driver) {
    return "echo begun >%1$s/begun-%2$s-$kernelver; read -r go <%1$s/go-%2$s-$kernelver;"
            .formatted(host.root(), driver)
        + " sed -i \"s/{1UL/{$(cat %s/crc-$kernelver)UL/\" *.c;".formatted(host.root())
        + " make -C $kernel_source_dir M=$PWD modules";
  }

  private void settings(int builds, Policy... policies) throws IOException {
    reconciler =
        Reconciler.open(
            host.paths(),
            host.runner(),
            TestSettings.of(policies).builds(builds).settings(),
            clock);
  }

  private Policy driver(String name, Reuse reuse) throws Exception {
    Path source = host.source(name, "1.2");
    Files.writeString(
        source.resolve(name + ".c"),
        TestModule.named(name).version("1.2").calling("netif_rx", 1).source());
    for (String kernel : List.of(OLD, MIDDLE, NEW)) {
      for (String gate : List.of("begun", "go")) {
        host.runner().run(Command.of("/usr/bin/mkfifo", pipe(gate, name, kernel).toString()));
      }
    }
    Policy plain = HostFixture.driver(name, gated(name));
    return new Policy(
        name,
        plain.origin(),
        null,
        List.of(),
        plain.need(),
        List.of(Remedy.STORED, Remedy.DIRECT),
        plain.make(),
        reuse);
  }

  /** A kernel, whose own ixgbevf needs the symbol too. */
  private void kernel(String release, String symbol) throws Exception {
    long crc = Long.decode(symbol.split(" ", 2)[0]);
    InstalledKernel kernel = host.kernel(release).withHeaders();
    TestModule.named("ixgbevf")
        .builtFor(release + " modversions")
        .calling("netif_rx", crc)
        .inTree()
        .at(kernel.file("kernel/drivers/ixgbevf.ko"));
    kernel.withModversions(symbol);
    Files.writeString(host.root().resolve("crc-" + release), Long.toString(crc));
  }

  private Path pipe(String what, String driver, String kernel) {
    return host.root().resolve(what + "-" + driver + "-" + kernel);
  }

  private void awaitBuild(String driver, String kernel) throws IOException {
    assertThat(Files.readString(pipe("begun", driver, kernel))).isEqualTo("begun\n");
  }

  private void open(String driver, String kernel) throws IOException {
    Files.writeString(pipe("go", driver, kernel), "\n");
  }

  private FutureTask<Boolean> begin() {
    var pass =
        new FutureTask<>(
            () -> {
              pass();
              return true;
            });
    thread = new Thread(pass);
    thread.start();
    return pass;
  }

  private List<String> running() throws Exception {
    return reconciler.reader().look().activities().stream()
        .map(one -> one.driver() + " " + one.kernel())
        .toList();
  }

  private void awaitReady(String kernel) throws InterruptedException {
    StatePublisher.Published published = reconciler.publisher().current();
    while (!isReady(published.state(), kernel)) {
      published = reconciler.publisher().await(published.version(), Duration.ofSeconds(1));
    }
  }

  private static boolean isReady(@Nullable HostState state, String kernel) {
    return state != null && state.find(new Kernel(kernel)).orElseThrow().bootable();
  }

  private List<String> tried(Attempt.Outcome outcome) {
    return reconciler.reader().history(null, null, 100).stream()
        .filter(Attempt.class::isInstance)
        .map(Attempt.class::cast)
        .filter(attempt -> attempt.outcome() == outcome)
        .map(attempt -> attempt.remedy() + " " + attempt.driver() + " " + attempt.kernel())
        .toList();
  }

  @Test
  void builds_once_for_each_class_of_kernels_side_by_side() throws Exception {
    settings(2, driver("ixgbevf", Reuse.YES));
    kernel(OLD, ONE);
    kernel(MIDDLE, OTHER);
    kernel(NEW, ONE);

    FutureTask<Boolean> pass = begin();
    awaitBuild("ixgbevf", NEW);
    awaitBuild("ixgbevf", MIDDLE);
    List<String> running = running();
    HostState published = requireNonNull(reconciler.publisher().current().state());
    open("ixgbevf", NEW);
    // While the other build goes on.
    awaitReady(OLD);
    List<String> still = running();
    open("ixgbevf", MIDDLE);
    pass.get();

    assertThat(running).containsExactly("ixgbevf " + NEW, "ixgbevf " + MIDDLE);
    assertThat(published.activities()).hasSize(2);
    assertThat(published.summary())
        .isEqualTo(
            "kernel %s: driver ixgbevf: remedy direct is running; "
                + "kernel %s: driver ixgbevf: remedy direct is running",
            NEW, MIDDLE);
    assertThat(still).containsExactly("ixgbevf " + MIDDLE);
    assertThat(tried(Attempt.Outcome.INSTALLED))
        .containsExactly(
            "direct ixgbevf " + NEW, "stored ixgbevf " + OLD, "direct ixgbevf " + MIDDLE);
  }

  @Test
  void waits_for_a_build_where_the_needed_symbols_are_unknown() throws Exception {
    settings(2, driver("toy", Reuse.YES));
    kernel(OLD, ONE);
    kernel(NEW, ONE);

    FutureTask<Boolean> pass = begin();
    awaitBuild("toy", NEW);
    open("toy", NEW);
    pass.get();

    assertThat(tried(Attempt.Outcome.INSTALLED))
        .containsExactly("direct toy " + NEW, "stored toy " + OLD);
    assertThat(tried(Attempt.Outcome.TIMED_OUT)).isEmpty();
  }

  @Test
  void builds_for_each_kernel_without_reuse() throws Exception {
    settings(2, driver("ixgbevf", Reuse.NO));
    kernel(OLD, ONE);
    kernel(NEW, ONE);

    FutureTask<Boolean> pass = begin();
    awaitBuild("ixgbevf", NEW);
    awaitBuild("ixgbevf", OLD);
    open("ixgbevf", OLD);
    awaitReady(OLD);
    open("ixgbevf", NEW);
    pass.get();

    assertThat(tried(Attempt.Outcome.INSTALLED))
        .containsExactly("direct ixgbevf " + OLD, "direct ixgbevf " + NEW);
  }

  @Test
  void builds_drivers_for_one_kernel_side_by_side() throws Exception {
    settings(2, driver("ixgbevf", Reuse.YES), driver("toy", Reuse.YES));
    kernel(NEW, ONE);

    FutureTask<Boolean> pass = begin();
    awaitBuild("ixgbevf", NEW);
    awaitBuild("toy", NEW);
    open("ixgbevf", NEW);
    open("toy", NEW);
    pass.get();

    assertThat(reconciler.reader().look().bootable()).isTrue();
  }

  @Test
  void builds_no_more_at_once_than_the_operator_allows() throws Exception {
    settings(1, driver("ixgbevf", Reuse.YES));
    kernel(OLD, ONE);
    kernel(NEW, OTHER);

    FutureTask<Boolean> pass = begin();
    awaitBuild("ixgbevf", NEW);
    List<String> first = running();
    open("ixgbevf", NEW);
    awaitBuild("ixgbevf", OLD);
    List<String> second = running();
    open("ixgbevf", OLD);
    pass.get();

    assertThat(first).containsExactly("ixgbevf " + NEW);
    assertThat(second).containsExactly("ixgbevf " + OLD);
  }

  @Test
  void begins_with_the_kernel_that_boots_next() throws Exception {
    settings(1, driver("ixgbevf", Reuse.YES));
    kernel(OLD, ONE);
    kernel(NEW, OTHER);
    GrubFixture grub = GrubFixture.withBls(host.paths());
    grub.entryFile("id-" + OLD, OLD);
    grub.edit("set", "saved_entry=id-" + OLD);

    FutureTask<Boolean> pass = begin();
    awaitBuild("ixgbevf", OLD);
    open("ixgbevf", OLD);
    awaitBuild("ixgbevf", NEW);
    open("ixgbevf", NEW);
    pass.get();

    assertThat(tried(Attempt.Outcome.INSTALLED))
        .containsExactly("direct ixgbevf " + OLD, "direct ixgbevf " + NEW);
  }

  @Test
  void stops_all_of_them() throws Exception {
    settings(2, driver("ixgbevf", Reuse.YES));
    kernel(OLD, ONE);
    kernel(NEW, OTHER);
    FutureTask<Boolean> pass = begin();
    awaitBuild("ixgbevf", NEW);
    awaitBuild("ixgbevf", OLD);

    thread.interrupt();

    assertThatThrownBy(pass::get).hasCauseInstanceOf(InterruptedException.class);
    assertThat(tried(Attempt.Outcome.INTERRUPTED))
        .containsExactlyInAnyOrder("direct ixgbevf " + OLD, "direct ixgbevf " + NEW);
    assertThat(reconciler.reader().look().activities()).isEmpty();
    assertThat(host.paths().builds()).isEmptyDirectory();
    assertThat(host.paths().state()).isDirectoryNotContaining("glob:**attempt*");
  }
}
