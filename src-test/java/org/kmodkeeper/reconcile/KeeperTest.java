package org.kmodkeeper.reconcile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestClock;
import org.kmodkeeper.testing.TestModule;

/** End to end below a temporary root: real sources, gcc, make, depmod and modprobe; no dkms. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(60)
class KeeperTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";

  private final HostFixture host;
  private final TestClock clock = new TestClock();
  private Keeper keeper;

  KeeperTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    keeper = restarted();
  }

  private Keeper restarted() throws IOException {
    return restarted(host.runner());
  }

  private Keeper restarted(CommandRunner runner) throws IOException {
    var fresh =
        new Keeper(
            host.paths(), runner, HostFixture.settings(HostFixture.driver("ixgbevf")), clock);
    fresh.open();
    return fresh;
  }

  private void pass() throws IOException, InterruptedException {
    keeper.pass(() -> {});
  }

  private DriverState state() throws IOException, InterruptedException {
    return keeper.look().kernels().get(0).drivers().get(0);
  }

  private Verdict verdict() throws IOException, InterruptedException {
    return state().finding().verdict();
  }

  private InstalledKernel readyKernel() throws IOException, InterruptedException {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    pass();
    assertThat(verdict()).isEqualTo(Verdict.READY);
    return kernel;
  }

  @Test
  void a_missing_driver_is_built_and_installed() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    assertThat(verdict()).isEqualTo(Verdict.MISSING);
    assertThat(keeper.look().busy()).isEqualTo(HostState.Busy.WORKING);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(keeper.look().bootable()).isTrue();
    assertThat(keeper.look().busy()).isEqualTo(HostState.Busy.SETTLED);
    assertThat(state().last())
        .extracting(Attempt::remedy, Attempt::outcome)
        .containsExactly(Remedy.DIRECT, Attempt.Outcome.INSTALLED);
    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
    assertThat(host.paths().builds()).isEmptyDirectory();
  }

  @Test
  void while_a_build_runs_its_log_and_its_last_step_are_told() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    Path begun = pipe("begun");
    Path go = pipe("go");
    host.standIn("gcc", "echo >" + begun + "; read -r _ <" + go + "; exec @real@ \"$@\"");
    var building = new FutureTask<>(this::verdictAfterPass);
    new Thread(building).start();
    Files.readString(begun);

    Activity activity = keeper.look().activity();

    Files.writeString(go, "\n");
    assertThat(building.get()).isEqualTo(Verdict.READY);
    assertThat(activity)
        .extracting(Activity::remedy, Activity::doing, Activity::log)
        .containsExactly(
            Remedy.DIRECT,
            "CC ixgbevf.c",
            host.paths().logs(new Kernel(RELEASE)).resolve("ixgbevf-1.2.direct.log"));
    assertThat(keeper.look().activity()).isNull();
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
  void a_module_is_compressed_as_the_kernels_own_are() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    TestModule.named("mdio").builtFor(RELEASE).at(kernel.file("kernel/drivers/mdio.ko.xz"));
    host.source("ixgbevf", "1.2");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(kernel.file("extra/ixgbevf.ko.xz")).exists();
  }

  @Test
  void the_in_tree_module_gives_way_and_stays_where_it_was() throws Exception {
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
  void every_kernel_gets_the_driver() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.kernel("6.1.0-2.el9.x86_64").withHeaders();
    host.source("ixgbevf", "1.2");

    pass();

    assertThat(keeper.look().kernels()).hasSize(2).allMatch(KernelState::bootable);
  }

  @Test
  void a_ready_driver_is_left_alone() throws Exception {
    InstalledKernel kernel = readyKernel();
    Object before = Files.getAttribute(kernel.file("extra/ixgbevf.ko"), "unix:ino");

    pass();

    assertThat(Files.getAttribute(kernel.file("extra/ixgbevf.ko"), "unix:ino")).isEqualTo(before);
  }

  @Test
  void a_look_at_what_has_not_changed_runs_no_program() throws Exception {
    readyKernel();
    clock.advance(Duration.ofDays(10_000));
    keeper.look();

    for (String tool : List.of("modprobe", "bash")) {
      host.standIn(tool, "echo '" + tool + " was run' >&2; exit 1");
    }

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "modules.dep.bin",
        "modules.builtin.bin",
        "extra/ixgbevf.ko",
        "build/Module.symvers"
      })
  void a_look_after_a_change_is_a_new_one(String file) throws Exception {
    InstalledKernel kernel = readyKernel();
    clock.advance(Duration.ofDays(10_000));
    keeper.look();
    host.standIn("modprobe", "echo 'modprobe was run' >&2; exit 1");

    Files.setLastModifiedTime(kernel.file(file), FileTime.fromMillis(0));

    assertThat(verdict()).isEqualTo(Verdict.UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "etc/modprobe.d/new.conf",
        "usr/src/ixgbevf-1.2/new.c",
        "lib/modules/" + RELEASE + "/config",
        "boot/initramfs-" + RELEASE + ".img",
        "boot/symvers-" + RELEASE + ".gz"
      })
  void a_look_after_a_file_came_is_a_new_one(String file) throws Exception {
    readyKernel();
    clock.advance(Duration.ofDays(10_000));
    keeper.look();
    host.standIn("modprobe", "echo 'modprobe was run' >&2; exit 1");

    HostFixture.write(host.root().resolve(file), "");

    assertThat(verdict()).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void a_deleted_module_comes_back() throws Exception {
    InstalledKernel kernel = readyKernel();
    clock.advance(Duration.ofMinutes(5));
    Files.delete(kernel.file("extra/ixgbevf.ko"));
    assertThat(verdict()).isNotEqualTo(Verdict.READY);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
  }

  @Test
  void a_truncated_module_is_not_ready_and_is_mended() throws Exception {
    InstalledKernel kernel = readyKernel();
    clock.advance(Duration.ofMinutes(5));
    Files.write(kernel.file("extra/ixgbevf.ko"), new byte[100]);
    assertThat(verdict()).isNotEqualTo(Verdict.READY);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void a_broken_source_is_a_failed_build_with_the_compilers_first_error() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    Path source = host.source("ixgbevf", "1.2");
    Files.writeString(source.resolve("ixgbevf.c"), "#include \"no_such.h\"\n");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.BUILD_FAILED);
    assertThat(state().finding().detail())
        .startsWith("direct: ")
        .contains("fatal error: no_such.h: No such file or directory");
    assertThat(state().finding().advice()).contains("/6.1.0-1.el9.x86_64/ixgbevf-1.2.direct.log");
    assertThat(kernel.file("extra")).doesNotExist();
    assertThat(state().plan()).isInstanceOf(Plan.Retry.class);
  }

  @Test
  void a_failed_build_is_not_repeated_before_its_time_not_even_after_a_restart() throws Exception {
    host.kernel(RELEASE).withHeaders();
    Files.writeString(host.source("ixgbevf", "1.2").resolve("ixgbevf.c"), "broken");
    pass();
    Attempt first = state().last();

    keeper = restarted();
    pass();

    assertThat(state().last()).isEqualTo(first);
    assertThat(verdict()).isEqualTo(Verdict.BUILD_FAILED);
  }

  @Test
  void a_failed_build_is_repeated_when_its_time_has_come() throws Exception {
    host.kernel(RELEASE).withHeaders();
    Files.writeString(host.source("ixgbevf", "1.2").resolve("ixgbevf.c"), "broken");
    pass();
    Attempt first = state().last();

    clock.advance(Duration.ofMinutes(2));
    pass();

    assertThat(state().last()).isNotEqualTo(first);
  }

  @Test
  void a_mended_source_is_built_at_once() throws Exception {
    host.kernel(RELEASE).withHeaders();
    Path code = host.source("ixgbevf", "1.2").resolve("ixgbevf.c");
    String good = Files.readString(code);
    Files.writeString(code, "broken");
    pass();

    Files.writeString(code, good);
    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void headers_that_come_later_are_used_at_once() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE);
    host.source("ixgbevf", "1.2");
    pass();
    assertThat(verdict()).isEqualTo(Verdict.NO_HEADERS);
    assertThat(state().last()).isNull();

    kernel.withHeaders();
    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void a_host_without_a_compiler_says_so() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    host.without("gcc");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.NO_COMPILER);
  }

  @Test
  void a_driver_that_was_never_set_up_alarms_nobody() throws Exception {
    host.kernel(RELEASE).withHeaders();

    pass();

    assertThat(verdict()).isEqualTo(Verdict.NOT_SET_UP);
    assertThat(keeper.look().bootable()).isTrue();
  }

  @Test
  void a_source_that_went_away_is_told_while_its_module_is_still_there() throws Exception {
    readyKernel();
    org.apache.commons.io.FileUtils.deleteDirectory(
        host.paths().sources().resolve("ixgbevf-1.2").toFile());

    assertThat(verdict()).isEqualTo(Verdict.NO_SOURCE);
  }

  @Test
  void a_newer_source_replaces_the_module() throws Exception {
    readyKernel();
    host.source("ixgbevf", "1.10");
    assertThat(verdict()).isEqualTo(Verdict.WRONG_VERSION);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(state().finding().detail()).contains("version 1.10");
  }

  @Test
  void a_stale_copy_in_updates_is_overridden_and_stays() throws Exception {
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
  void an_erased_kernel_is_swept() throws Exception {
    InstalledKernel kernel = readyKernel();
    kernel.erase();

    pass();

    assertThat(keeper.look().kernels()).isEmpty();
    assertThat(kernel.tree()).doesNotExist();
  }

  @Test
  void an_operators_change_is_waited_for() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    var waits = new CountDownLatch(10);
    var runner =
        new CommandRunner(
            host.runner().searchPath(), new Heartbeat(Duration.ofMillis(400), waits::countDown));
    keeper = restarted(runner);
    LockFile change = LockFile.take(host.paths().changeLock(), "");
    Future<?> pass =
        Executors.newSingleThreadExecutor()
            .submit(
                () -> {
                  runner.heartbeat().begin();
                  return keeper.pass(() -> {});
                });

    waits.await();
    assertThat(verdict()).isEqualTo(Verdict.MISSING);
    change.close();

    pass.get();
    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void what_another_hand_left_in_an_erased_kernels_tree_stays() throws Exception {
    InstalledKernel kernel = readyKernel();
    Path foreign = HostFixture.write(kernel.file("extra/vendor/other.ko"), "not ours");
    kernel.erase();

    pass();

    assertThat(foreign).exists();
    assertThat(kernel.file("extra/ixgbevf.ko")).doesNotExist();
  }

  @Test
  void a_kernel_whose_image_cannot_be_seen_keeps_its_driver() throws Exception {
    InstalledKernel kernel = readyKernel();
    Files.delete(kernel.file("vmlinuz"));

    pass();

    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
    assertThat(host.paths().logs(kernel.kernel())).isNotEmptyDirectory();
  }

  @Test
  void the_logs_of_a_kernel_go_with_it() throws Exception {
    InstalledKernel kernel = readyKernel();
    assertThat(host.paths().logs(kernel.kernel())).isNotEmptyDirectory();
    pass();
    assertThat(host.paths().logs(kernel.kernel())).isNotEmptyDirectory();
    kernel.erase();

    pass();

    assertThat(host.paths().logs(kernel.kernel())).doesNotExist();
  }

  @Test
  void a_module_of_ours_that_was_changed_since_is_no_longer_ours_to_sweep() throws Exception {
    InstalledKernel kernel = readyKernel();
    Files.writeString(kernel.file("extra/ixgbevf.ko"), "changed by another hand");
    kernel.erase();

    pass();

    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
  }

  @Test
  void a_demand_builds_again_what_is_ready() throws Exception {
    InstalledKernel kernel = readyKernel();
    Object before = Files.getAttribute(kernel.file("extra/ixgbevf.ko"), "unix:ino");
    clock.advance(Duration.ofMinutes(5));

    assertThat(keeper.demand(null, "ixgbevf")).isEqualTo(1);
    pass();

    assertThat(Files.getAttribute(kernel.file("extra/ixgbevf.ko"), "unix:ino"))
        .isNotEqualTo(before);
    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void a_demand_that_comes_after_the_last_look_of_a_pass_stays_open() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");

    keeper.pass(
        () -> {
          try {
            if (verdict() == Verdict.READY) {
              clock.advance(Duration.ofMinutes(5));
              keeper.demand(null, "ixgbevf");
            }
          } catch (IOException | InterruptedException unexpected) {
            throw new AssertionError(unexpected);
          }
        });

    assertThat(state().plan()).isEqualTo(new Plan.Apply(Remedy.DIRECT));
  }

  @Test
  void a_demand_for_an_unknown_kernel_or_driver_matches_nothing() throws Exception {
    readyKernel();

    assertThat(keeper.demand("9.9.9", null)).isZero();
    assertThat(keeper.demand(null, "hello")).isZero();
  }

  @Test
  void a_build_command_of_the_configuration_is_used() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    Path source = host.source("ixgbevf", "1.2");
    Files.delete(source.resolve("Makefile"));
    String release = "-DRELEASE='\"" + RELEASE + "\"'";
    keeper.reconfigure(
        HostFixture.settings(
            HostFixture.driver("ixgbevf", "gcc " + release + " -c ixgbevf.c -o ixgbevf.ko")));

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
  }

  @Test
  void a_source_without_a_version_of_its_own_is_ready_by_its_receipt() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    Path source = host.source("ixgbevf", "1.2");
    Files.writeString(source.resolve("ixgbevf.c"), TestModule.named("ixgbevf").source());

    pass();

    assertThat(state().finding().detail()).contains("built by kmodkeeper");
    Files.delete(host.paths().state().resolve("receipts/" + RELEASE + "/ixgbevf.json"));
    assertThat(verdict()).isEqualTo(Verdict.WRONG_VERSION);
    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
  }

  @Test
  void a_build_of_a_killed_daemon_is_cleared_away() throws Exception {
    InstalledKernel kernel = readyKernel();
    HostFixture.write(host.paths().builds().resolve("x/half.o"), "");
    HostFixture.write(kernel.file("extra/ixgbevf.ko.kmodkeeper-new"), "half");

    keeper = restarted();
    keeper.recover();

    assertThat(host.paths().builds()).doesNotExist();
    assertThat(kernel.file("extra").toFile().list()).containsExactly("ixgbevf.ko");
    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void a_damaged_dkms_conf_of_one_driver_is_told_and_does_not_stop_the_others() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    HostFixture.write(host.source("broken", "1").resolve("dkms.conf"), "if true; then\n");
    keeper.reconfigure(
        HostFixture.settings(HostFixture.driver("broken"), HostFixture.driver("ixgbevf")));

    pass();

    List<DriverState> drivers = keeper.look().kernels().get(0).drivers();
    assertThat(drivers.get(0).finding().verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(drivers.get(0).finding().detail())
        .startsWith("its dkms.conf cannot be read: ")
        .contains("broken-1/dkms.conf");
    assertThat(drivers.get(1).finding().verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void a_driver_whose_dkms_conf_can_no_longer_be_read_is_unknown_until_it_can() throws Exception {
    readyKernel();
    Path conf = host.paths().sources().resolve("ixgbevf-1.2/dkms.conf");
    HostFixture.write(conf, "if true; then\n");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(state().plan()).isInstanceOf(Plan.Retry.class);
    assertThat(keeper.look().bootable()).isFalse();
    assertThat(keeper.history(null, null, 9)).filteredOn(Attempt.class::isInstance).hasSize(1);

    HostFixture.write(conf, "BUILT_MODULE_NAME[0]=ixgbevf\n");
    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void where_the_operator_names_the_modules_they_may_be_ready_without_a_dkms_conf()
      throws Exception {
    readyKernel();
    keeper.reconfigure(HostFixture.settings(withModules(HostFixture.driver("ixgbevf"))));

    HostFixture.write(
        host.paths().sources().resolve("ixgbevf-1.2/dkms.conf"), "if BUILD_EXCLUSIVE; then\n");

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  private static Policy withModules(Policy policy) {
    return new Policy(
        policy.name(),
        policy.origin(),
        null,
        List.of(policy.name()),
        policy.need(),
        policy.remedies(),
        null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"symvers.gz", "config"})
  void a_kernel_of_which_a_file_cannot_be_read_is_unknown_and_no_other_is(String file)
      throws Exception {
    InstalledKernel kernel = host.kernel("6.1.0-2.el9.x86_64").withHeaders();
    readyKernel();
    if (file.equals("config")) {
      Files.createDirectory(kernel.file(file));
    } else {
      Files.write(kernel.file(file), new byte[] {0x1f, (byte) 0x8b, 8, 0, 0});
    }

    pass();

    List<KernelState> kernels = keeper.look().kernels();
    DriverState unknown = kernels.get(0).drivers().get(0);
    assertThat(unknown.finding().verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(unknown.finding().detail())
        .contains(file.equals("config") ? "" : "symvers.gz is damaged");
    assertThat(unknown.plan()).isInstanceOf(Plan.Retry.class);
    assertThat(kernels.get(0).bootable()).isFalse();
    assertThat(kernels.get(1).drivers().get(0).finding().verdict()).isEqualTo(Verdict.READY);
    assertThat(keeper.history(kernel.release(), null, 9))
        .filteredOn(Attempt.class::isInstance)
        .hasSize(1);
  }

  @Test
  void a_kernel_without_the_list_of_its_modules_does_not_stop_the_pass() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    TestModule.named("stray").inTree().builtFor(RELEASE).at(kernel.file("extra/stray.ko"));
    Files.delete(kernel.file("modules.order"));

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(kernel.file("extra/stray.ko")).exists();
  }

  @Test
  void a_dkms_conf_in_another_encoding_is_read_like_any_other() throws Exception {
    host.kernel(RELEASE).withHeaders();
    Path conf = host.source("ixgbevf", "1.2").resolve("dkms.conf");
    Files.writeString(conf, "# J\u00f6rg\nBUILT_MODULE_NAME[0]=ixgbevf\n", ISO_8859_1);
    keeper.reconfigure(HostFixture.settings(withModules(HostFixture.driver("ixgbevf"))));

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }
}
