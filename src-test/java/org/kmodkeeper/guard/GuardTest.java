package org.kmodkeeper.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.KernelState.Presence;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.GrubFixture;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;

/** The guard with a real environment block of GRUB; as on EL 9, where an update saves an entry. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GuardTest {
  private static final String A = "6.1.0-9.el9.x86_64";
  private static final String B = "6.1.0-20.el9.x86_64";
  private static final String C = "6.1.0-30.el9.x86_64";

  private final HostFixture host;
  private final GrubFixture grub;
  private final TestClock clock = new TestClock();
  private final Map<Kernel, Verdict> kernels = new TreeMap<>(java.util.Comparator.reverseOrder());
  private GuardMode mode = GuardMode.HOLD;

  /** One that remembers what it has read. */
  private final Guard watching;

  GuardTest(@TempDir Path root) throws IOException, InterruptedException {
    host = new HostFixture(root);
    grub = GrubFixture.withBls(host.paths());
    watching = guard();
    comes(A);
    is(A, Verdict.READY);
    keep();
    clock.advance(Duration.ofDays(30));
  }

  /** A package update: the entry file, and the new kernel as the default. */
  private void comes(String release) throws IOException, InterruptedException {
    grub.entryFile(id(release), release);
    grub.edit("set", "saved_entry=" + id(release));
    is(release, Verdict.MISSING);
  }

  private void goes(String release) throws IOException {
    Files.delete(host.paths().blsEntries().resolve(id(release) + ".conf"));
    kernels.remove(new Kernel(release));
  }

  private void is(String release, Verdict verdict) {
    kernels.put(new Kernel(release), verdict);
  }

  private void operatorChooses(String release) throws IOException, InterruptedException {
    grub.edit("set", "saved_entry=" + id(release));
  }

  private static String id(String release) {
    return "0123456789abcdef-" + release;
  }

  /** A new guard each time: nothing may depend on what the last one had in memory. */
  private Guard guard() {
    return new Guard(host.paths(), host.runner(), () -> mode, clock);
  }

  private void keep() throws InterruptedException {
    guard().keep(states());
    clock.advance(Duration.ofSeconds(30));
  }

  private List<KernelState> states() {
    List<KernelState> states = new ArrayList<>();
    kernels.forEach(
        (kernel, verdict) ->
            states.add(
                new KernelState(
                    kernel,
                    Presence.INSTALLED,
                    List.of(
                        new DriverState(
                            observation(kernel),
                            new Finding(verdict, "as the test says", null),
                            new Plan.Rest(),
                            null)))));
    return states;
  }

  private static Observation observation(Kernel kernel) {
    return new Observation(
        kernel,
        HostFixture.driver("ixgbevf"),
        null,
        "",
        "",
        Observation.Footprint.USED_BEFORE,
        List.of(),
        Observation.Access.WRITABLE,
        null,
        List.of(),
        Observation.DkmsState.NOT_INSTALLED,
        "");
  }

  private void assertBoots(String release) throws InterruptedException {
    assertThat(guard().state().next()).isEqualTo(new Kernel(release));
    assertThat(watching.next()).contains(new Kernel(release));
  }

  @Test
  void the_boot_loader_is_read_again_only_if_it_has_changed() throws Exception {
    assertThat(watching.next()).contains(new Kernel(A));
    host.standIn("grub-editenv", "exit 1");

    assertThat(watching.next()).contains(new Kernel(A));

    grub.edit("set", "timeout=5");
    assertThat(watching.next()).isEmpty();
    host.withoutStandIn("grub-editenv");
    assertThat(watching.next()).contains(new Kernel(A));
  }

  private void assertNoHold() throws InterruptedException {
    assertThat(guard().state().wanted()).isNull();
    assertThat(host.paths().motd()).doesNotExist();
  }

  @Test
  void a_default_that_is_not_bootable_is_held_on_the_newest_that_is() throws Exception {
    comes(B);

    keep();

    assertBoots(A);
    assertThat(guard().state().wanted()).isEqualTo(new Kernel(B));
    assertThat(host.paths().motd())
        .content()
        .contains("kernel " + B + " is not bootable", "held on " + A, "missing: as the test says");
  }

  @Test
  void the_default_moves_to_the_new_kernel_when_that_is_bootable() throws Exception {
    comes(B);
    keep();
    is(B, Verdict.READY);

    keep();

    assertBoots(B);
    assertNoHold();
    assertThat(grub.environmentText()).contains("saved_entry=" + id(B));
  }

  @Test
  void a_bootable_default_is_left_alone() throws Exception {
    comes(B);
    is(B, Verdict.READY);
    byte[] before = Files.readAllBytes(grub.environment());

    keep();

    assertThat(grub.environment()).hasBinaryContent(before);
    assertNoHold();
  }

  @Test
  void a_default_that_loses_its_driver_later_is_held_too() throws Exception {
    comes(B);
    is(B, Verdict.READY);
    keep();
    clock.advance(Duration.ofDays(3));
    is(B, Verdict.SYMBOL_MISMATCH);

    keep();

    assertBoots(A);
  }

  @Test
  void a_kernel_that_comes_while_another_is_held_is_held_too() throws Exception {
    comes(B);
    keep();
    clock.advance(Duration.ofDays(1));
    comes(C);

    keep();

    assertBoots(A);
    assertThat(guard().state().wanted()).isEqualTo(new Kernel(C));
    is(B, Verdict.READY);
    keep();
    assertBoots(A);
    is(C, Verdict.READY);
    keep();
    assertBoots(C);
    assertNoHold();
  }

  @Test
  void what_the_operator_chose_is_never_overridden() throws Exception {
    comes(B);
    is(B, Verdict.READY);
    keep();
    clock.advance(Duration.ofDays(1));
    operatorChooses(A);
    keep();
    is(A, Verdict.DAMAGED);

    keep();

    assertBoots(A);
    assertNoHold();
  }

  @Test
  void an_operator_who_moves_a_held_default_has_the_last_word() throws Exception {
    comes(B);
    keep();
    operatorChooses(B);

    keep();
    keep();

    assertBoots(B);
    assertNoHold();
  }

  @Test
  void after_an_operators_choice_the_next_update_is_guarded_again() throws Exception {
    comes(B);
    keep();
    operatorChooses(B);
    keep();
    clock.advance(Duration.ofDays(1));
    comes(C);

    keep();

    assertBoots(A);
  }

  @Test
  void an_older_default_on_the_first_look_is_the_operators() throws Exception {
    comes(B);
    operatorChooses(A);
    is(A, Verdict.MISSING);
    is(B, Verdict.READY);
    Files.delete(host.paths().guardMemory());

    keep();

    assertBoots(A);
  }

  @Test
  void the_newest_kernel_as_default_on_the_first_look_is_the_updates() throws Exception {
    comes(B);
    Files.delete(host.paths().guardMemory());

    keep();

    assertBoots(A);
  }

  /** Its package has come, but its initramfs has not been made. */
  private void installedWithoutInitramfs(String... releases) throws IOException {
    for (String release : releases) {
      host.kernel(release);
    }
  }

  private void initramfsOf(String release) throws IOException {
    HostFixture.write(initramfs(release), "an image");
  }

  private Path initramfs(String release) {
    return host.paths().boot().resolve("initramfs-" + release + ".img");
  }

  private void runs(String release) throws IOException {
    HostFixture.write(host.paths().runningRelease(), release + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {A, "6.1.0-1.started.from.elsewhere"})
  void a_kernel_without_an_initramfs_is_no_place_to_hold_the_default_on(String running)
      throws Exception {
    installedWithoutInitramfs(A, B);
    initramfsOf(A);
    runs(running);
    comes(B);
    is(B, Verdict.READY);
    comes(C);

    keep();

    assertBoots(A);
  }

  @Test
  void where_the_running_kernel_has_no_initramfs_none_is_needed() throws Exception {
    installedWithoutInitramfs(A, B);
    initramfsOf(A);
    runs(B);
    comes(B);
    is(B, Verdict.READY);
    comes(C);

    keep();

    assertBoots(B);
  }

  @Test
  void a_held_default_that_loses_its_initramfs_moves_on() throws Exception {
    installedWithoutInitramfs(A, B);
    initramfsOf(A);
    initramfsOf(B);
    runs(A);
    comes(B);
    is(B, Verdict.READY);
    comes(C);
    keep();
    assertBoots(B);
    Files.delete(initramfs(B));

    keep();

    assertBoots(A);
    assertThat(guard().state().wanted()).isEqualTo(new Kernel(C));
  }

  @Test
  void a_hold_lasts_until_the_kernel_that_is_meant_has_an_initramfs_too() throws Exception {
    installedWithoutInitramfs(A, B);
    initramfsOf(A);
    runs(A);
    comes(B);
    keep();
    is(B, Verdict.READY);

    keep();

    assertBoots(A);
    assertThat(guard().state().trouble())
        .isEqualTo("kernel " + B + " has no initramfs; to make it: dracut --force --kver " + B);
    initramfsOf(B);
    keep();
    assertBoots(B);
    assertNoHold();
  }

  @ParameterizedTest
  @CsvSource({"'', ''", "+debug, +debug", "+rt, +rt", "+64k, ''"})
  void of_one_version_the_default_is_held_on_the_same_variant(String variant, String held)
      throws Exception {
    for (String other : List.of("+debug", "+rt")) {
      comes(A + other);
      is(A + other, Verdict.READY);
    }
    operatorChooses(A);
    keep();
    clock.advance(Duration.ofDays(1));
    comes(B + variant);

    keep();

    assertBoots(A + held);
  }

  @Test
  void a_hold_on_a_kernel_that_is_erased_moves_on() throws Exception {
    comes(B);
    is(B, Verdict.READY);
    keep();
    clock.advance(Duration.ofDays(1));
    comes(C);
    keep();
    assertBoots(B);
    goes(B);

    keep();

    assertBoots(A);
    assertThat(guard().state().wanted()).isEqualTo(new Kernel(C));
  }

  @Test
  void a_hold_on_behalf_of_a_kernel_that_is_erased_ends() throws Exception {
    comes(B);
    keep();
    goes(B);

    keep();

    assertBoots(A);
    assertNoHold();
  }

  @Test
  void a_default_that_was_erased_gives_way_to_a_bootable_one() throws Exception {
    comes(B);
    is(B, Verdict.READY);
    comes(C);
    keep();
    goes(C);

    keep();

    assertBoots(B);
  }

  @Test
  void without_any_bootable_kernel_nothing_is_moved() throws Exception {
    is(A, Verdict.MISSING);
    comes(B);
    byte[] before = Files.readAllBytes(grub.environment());

    keep();

    assertThat(grub.environment()).hasBinaryContent(before);
    assertNoHold();
  }

  @ParameterizedTest
  @EnumSource(names = {"WARN", "OFF"})
  void nothing_is_moved_unless_asked_for(GuardMode other) throws Exception {
    mode = other;
    comes(B);

    keep();

    assertBoots(B);
    assertNoHold();
  }

  @ParameterizedTest
  @EnumSource(names = {"WARN", "OFF"})
  void a_hold_ends_when_the_guard_is_switched_off(GuardMode other) throws Exception {
    comes(B);
    keep();
    mode = other;

    keep();

    assertBoots(B);
    assertNoHold();
  }

  @Test
  void a_released_kernel_boots_unready_and_is_not_held_again() throws Exception {
    comes(B);
    keep();

    assertThat(guard().release()).hasValue(new Kernel(B));
    keep();

    assertBoots(B);
    assertNoHold();
    assertThat(guard().release()).isEmpty();
  }

  @Test
  void a_crash_before_the_move_is_made_good() throws Exception {
    comes(B);
    host.standIn("grub-editenv", "case $2 in set) exit 1 ;; esac; exec @real@ \"$@\"");
    keep();
    assertBoots(B);
    host.withoutStandIn("grub-editenv");

    keep();

    assertBoots(A);
    assertThat(guard().state().wanted()).isEqualTo(new Kernel(B));
  }

  @Test
  void a_crash_right_after_the_move_forgets_no_hold() throws Exception {
    comes(B);
    keep();
    Path memory = host.paths().guardMemory();
    Files.writeString(memory, Files.readString(memory).replace("DONE", "INTENDED"));

    keep();
    is(B, Verdict.READY);
    keep();

    assertBoots(B);
    assertNoHold();
  }

  @Test
  void a_memory_that_cannot_be_understood_is_begun_anew() throws Exception {
    comes(B);
    Files.writeString(host.paths().guardMemory(), "{\"kernels\": 7");

    keep();

    assertBoots(A);
  }

  @Test
  void where_no_entry_is_saved_the_first_one_comes_back() throws Exception {
    grub.edit("unset", "saved_entry");
    keep();
    grub.entryFile(id(B), B);
    is(B, Verdict.MISSING);
    keep();
    assertBoots(A);
    is(B, Verdict.READY);

    keep();

    assertBoots(B);
    assertThat(grub.environmentText()).doesNotContain("saved_entry");
  }

  @Test
  void a_default_is_held_and_set_free_where_all_entries_have_the_same_id() throws Exception {
    String title = "saved_entry=CentOS Linux (" + B + ") 7 (Core)";
    GrubFixture.withCopies(host.paths(), B, A);
    grub.edit("set", title);
    is(B, Verdict.MISSING);

    keep();
    assertBoots(A);
    is(B, Verdict.READY);
    keep();

    assertBoots(B);
    assertNoHold();
    assertThat(grub.environmentText()).contains(title);
  }

  @Test
  void a_host_with_an_unknown_boot_loader_says_so() throws Exception {
    Files.delete(grub.config());

    keep();

    assertThat(guard().state().trouble()).contains("none that kmodkeeper knows");
    assertThat(guard().state().next()).isNull();
  }
}
