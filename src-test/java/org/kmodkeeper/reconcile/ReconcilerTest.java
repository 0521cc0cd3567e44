package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

/** A pass makes a driver ready, and keeps it so. */
class ReconcilerTest extends ReconcilerFixture {
  @Test
  void builds_and_installs_a_missing_driver() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    assertThat(verdict()).isEqualTo(Verdict.MISSING);
    assertThat(reconciler.reader().look().busy()).isEqualTo(HostState.Busy.WORKING);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(reconciler.reader().look().bootable()).isTrue();
    assertThat(reconciler.reader().look().busy()).isEqualTo(HostState.Busy.SETTLED);
    assertThat(state().last())
        .extracting(Attempt::remedy, Attempt::outcome)
        .containsExactly(Remedy.DIRECT, Attempt.Outcome.INSTALLED);
    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
    assertThat(host.paths().builds()).isEmptyDirectory();
  }

  @Test
  void reports_log_and_last_step_while_a_build_runs() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    Path begun = pipe("begun");
    Path go = pipe("go");
    host.standIn("gcc", "echo >" + begun + "; read -r _ <" + go + "; exec @real@ \"$@\"");
    var building = new FutureTask<>(this::verdictAfterPass);
    new Thread(building).start();
    Files.readString(begun);

    List<Activity> activities = reconciler.reader().look().activities();

    Files.writeString(go, "\n");
    assertThat(building.get()).isEqualTo(Verdict.READY);
    assertThat(activities)
        .singleElement()
        .extracting(Activity::remedy, Activity::doing, Activity::log)
        .containsExactly(
            Remedy.DIRECT,
            "CC ixgbevf.c",
            host.paths().logs(new Kernel(RELEASE)).resolve("ixgbevf-1.2.direct.log"));
    assertThat(reconciler.reader().look().activities()).isEmpty();
  }

  private Verdict verdictAfterPass() throws IOException, InterruptedException {
    pass();
    return verdict();
  }

  private Path pipe(String name) throws IOException, InterruptedException {
    Path pipe = host.root().resolve(name);
    new CommandRunner(SearchPath.SYSTEM).run(Command.of("mkfifo", pipe.toString()));
    return pipe;
  }

  @Test
  void compresses_a_module_as_the_kernels_own_are() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    TestModule.named("mdio").builtFor(RELEASE).at(kernel.file("kernel/drivers/mdio.ko.xz"));
    host.source("ixgbevf", "1.2");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(kernel.file("extra/ixgbevf.ko.xz")).exists();
  }

  @Test
  void leaves_the_in_tree_module_in_place_and_takes_precedence() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    Path inTree =
        TestModule.named("ixgbevf").builtFor(RELEASE).at(kernel.file("kernel/drivers/ixgbevf.ko"));
    kernel.depmod();
    host.source("ixgbevf", "1.2");

    pass();

    assertThat(state().finding().detail()).contains("extra/ixgbevf.ko");
    assertThat(inTree).exists();
  }

  @Test
  void gives_every_kernel_the_driver() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.kernel("6.1.0-2.el9.x86_64").withHeaders();
    host.source("ixgbevf", "1.2");

    pass();

    assertThat(reconciler.reader().look().kernels()).hasSize(2).allMatch(KernelState::bootable);
  }

  @Test
  void leaves_a_ready_driver_alone() throws Exception {
    InstalledKernel kernel = readyKernel();
    Object before = Files.getAttribute(kernel.file("extra/ixgbevf.ko"), "unix:ino");

    pass();

    assertThat(Files.getAttribute(kernel.file("extra/ixgbevf.ko"), "unix:ino")).isEqualTo(before);
  }

  @Test
  void restores_a_deleted_module() throws Exception {
    InstalledKernel kernel = readyKernel();
    clock.advance(Duration.ofMinutes(5));
    Files.delete(kernel.file("extra/ixgbevf.ko"));
    assertThat(verdict()).isNotEqualTo(Verdict.READY);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
  }

  @Test
  void calls_a_truncated_module_not_ready_and_rebuilds_it() throws Exception {
    InstalledKernel kernel = readyKernel();
    clock.advance(Duration.ofMinutes(5));
    Files.write(kernel.file("extra/ixgbevf.ko"), new byte[100]);
    assertThat(verdict()).isNotEqualTo(Verdict.READY);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void replaces_the_module_by_one_of_a_newer_source() throws Exception {
    readyKernel();
    host.source("ixgbevf", "1.10");
    assertThat(verdict()).isEqualTo(Verdict.WRONG_VERSION);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(state().finding().detail()).contains("version 1.10");
  }

  @Test
  void overrides_a_stale_copy_in_updates_and_leaves_it_there() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    Path stale =
        TestModule.named("ixgbevf")
            .version("1.0")
            .builtFor(RELEASE)
            .at(kernel.file("updates/ixgbevf.ko"));
    kernel.depmod();
    host.source("ixgbevf", "1.2");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(state().finding().detail()).contains("extra/ixgbevf.ko");
    assertThat(stale).exists();
    assertThat(host.paths().depmodOverrides())
        .content()
        .contains("override ixgbevf " + RELEASE + " extra\n");
  }

  @Test
  void calls_a_source_without_a_version_ready_by_its_receipt() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    Path source = host.source("ixgbevf", "1.2");
    Files.writeString(source.resolve("ixgbevf.c"), TestModule.named("ixgbevf").source());

    pass();

    assertThat(state().finding().detail()).contains("built by kmodkeeper");
    Files.delete(host.paths().state().resolve("receipts/" + RELEASE + "/ixgbevf.json"));
    assertThat(verdict()).isEqualTo(Verdict.WRONG_VERSION);
    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
  }
}
