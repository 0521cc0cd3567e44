package org.kmodkeeper.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each fact in words; a line is its mark, its name and its text. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EvidenceTextTest {
  private static final String TREE = "/lib/modules/6.1.0-550.el9.x86_64/";

  private final Explained ready = Explained.ready();

  EvidenceTextTest() throws IOException {}

  private static List<String> lines(Explained explained) {
    return EvidenceText.of(explained.explanation()).stream()
        .flatMap(
            one ->
                Stream.concat(
                    Stream.of("# " + one.about()),
                    one.facts().stream()
                        .map(fact -> fact.mark() + " " + fact.name() + ": " + fact.text())))
        .toList();
  }

  @Test
  void lists_everything_that_a_verdict_rests_on() {
    assertThat(lines(ready))
        .containsExactly(
            "# driver",
            "NONE managed: in drivers.d, required",
            "OK source: /usr/src/ixgbevf-4.18.7, the newest version",
            "# build",
            "OK headers: " + TREE + "build",
            "OK compiler: gcc and make are installed",
            "OK dkms: knows this version",
            "NONE remedies: dkms, then direct",
            "# module ixgbevf",
            "OK modprobe: loads " + TREE + "extra/ixgbevf.ko.xz",
            "NONE settings: /etc/modprobe.d/lab.conf:1: options ixgbevf debug=1",
            "NONE : /etc/depmod.d/dist.conf:1: search updates extra built-in weak-updates",
            "OK version: 4.18.7, as wanted",
            "OK vermagic: 6.1.0-550.el9.x86_64 SMP preempt mod_unload modversions",
            "OK symbols: 152 CRCs compared with " + TREE + "symvers.gz, none differs",
            "NONE dependencies: none",
            "NONE signature: signed; the kernel does not require one",
            "NONE initramfs: the kernel has none",
            "# attempts",
            "OK 2026-11-23T07:50:57Z: dkms, 24.0 s: installed: " + TREE + "extra/ixgbevf.ko.xz",
            "NONE log: /var/log/kmodkeeper/6.1.0-550.el9.x86_64/ixgbevf-4.18.7.dkms.log",
            "BAD 2026-11-23T07:50:32Z: direct, 14.9 s: build-failed: src/ixgbevf_main.c:4967:2:"
                + " error: #error broken; its inputs have changed since",
            "NONE log: /var/log/kmodkeeper/6.1.0-550.el9.x86_64/ixgbevf-4.18.7.direct.log",
            "# next",
            "NONE : nothing to do");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          origin       | 'dkms'                    | NONE managed: dkms installs it automatically, required
          pinned       | '4.18.7'                  | OK source: /usr/src/ixgbevf-4.18.7, version 4.18.7, pinned
          source       | null                      | BAD source: none; wanted: the newest version
          excluded     | 'BUILD_EXCLUSIVE_ARCH=x'  | NONE excluded: by its dkms.conf: BUILD_EXCLUSIVE_ARCH=x
          headers      | null                      | NONE headers: not installed
          missingTools | ['gcc','make']            | NONE compiler: gcc and make not installed
          toolchain    | 'disposable'              | OK compiler: disposable, with the headers, while a build runs
          dkms         | 'not-registered'          | NONE dkms: does not know this version
          dkms         | 'not-installed'           | NONE dkms: not installed
          remedies     | []                        | NONE remedies: none
          due          | 'direct'                  | NONE : remedy direct is tried now
          """)
  void shows_what_the_driver_and_its_builds_have(String field, String value, String line) {
    assertThat(lines(ready.with(field, value))).contains(line);
  }

  @Test
  void marks_what_a_build_lacks_as_bad_where_one_is_needed() {
    ready.with("driver.verdict", "'no-headers'").with("headers", "null");

    assertThat(lines(ready)).contains("BAD headers: not installed");
  }

  @Test
  void reports_no_fault_for_a_source_that_was_never_there() {
    ready.with("driver.verdict", "'not-set-up'").with("source", "null");

    assertThat(lines(ready)).contains("NONE source: none; wanted: the newest version");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          'nothing'         | 'modprobe: not found' | BAD modprobe: knows no such module: modprobe: not found
          'built-in'        | null                  | BAD modprobe: finds it built into the kernel
          'install-command' | 'install /bin/true'   | BAD modprobe: runs a command instead: install /bin/true
          'damaged'         | 'x.ko is no ELF file' | BAD modprobe: loads a file that is not a complete module: x.ko is no ELF file
          'unreadable'      | 'exit status 1'       | BAD modprobe: failed: exit status 1
          """)
  void says_what_modprobe_does_without_a_file(String resolution, String trouble, String line) {
    ready.module("resolution", resolution);
    ready.module("trouble", trouble);
    ready.module("resolved", "null").module("ours", "null");

    assertThat(lines(ready)).contains(line).noneMatch(one -> one.contains("vermagic"));
  }

  @Test
  void says_that_a_blacklisted_file_is_loaded_only_by_its_name() {
    assertThat(lines(ready.module("resolution", "'blacklisted'")))
        .contains(
            "BAD modprobe: loads "
                + TREE
                + "extra/ixgbevf.ko.xz, but only by name: it is blacklisted");
  }

  @Test
  void shows_another_copy_that_wins_beside_ours() {
    ready.module("resolved.path", "'" + TREE + "updates/ixgbevf.ko'");

    assertThat(lines(ready))
        .contains(
            "BAD modprobe: loads " + TREE + "updates/ixgbevf.ko",
            "BAD not used: " + TREE + "extra/ixgbevf.ko.xz, although it is wanted");
  }

  @Test
  void holds_the_kernels_own_module_to_none_of_our_rules() {
    ready.module("resolved.path", "'" + TREE + "kernel/ixgbevf.ko'");
    ready.module("resolved.inTree", "true").module("ours", "null");

    assertThat(lines(ready))
        .contains("BAD modprobe: loads the kernel's own " + TREE + "kernel/ixgbevf.ko")
        .noneMatch(line -> line.contains("version:"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          resolved.version      | null                    | OK version: none in the file, as wanted
          resolved.provenance   | 'receipt'               | OK version: 4.18.7; kmodkeeper built it from 4.18.7, unchanged since
          resolved.provenance   | 'dkms'                  | OK version: 4.18.7; dkms built it from 4.18.7, unchanged since
          resolved.provenance   | 'none'                  | BAD version: 4.18.7, wanted 4.18.7
          resolved.vermagicFits | false                   | BAD vermagic: 6.1.0-550.el9.x86_64 SMP preempt mod_unload modversions
          resolved.vermagic     | '6.1.0 SMP'             | OK vermagic: 6.1.0 SMP, wanted 6.1.0-550.el9.x86_64 SMP preempt mod_unload modversions
          fit.symvers           | null                    | BAD symbols: the kernel has no symbol list to compare with
          fit.dependencies      | ['/x/a.ko']             | OK dependencies: /x/a.ko
          fit.signature         | 'absent'                | BAD signature: signed
          fit.signature         | 'unknown-key'           | BAD signature: signed
          initramfs             | {'match':'no-copy','image':'/boot/i.img'}     | NONE initramfs: /boot/i.img contains no copy
          initramfs             | {'match':'same-build','image':'/boot/i.img'}  | OK initramfs: /boot/i.img contains the same build
          initramfs             | {'match':'other-build','detail':'another'}    | BAD initramfs: another
          """)
  void shows_how_the_file_fits_the_kernel(String field, String value, String line) {
    assertThat(lines(ready.module(field, value))).contains(line);
  }

  @Test
  void names_who_requires_a_signature() {
    ready.with("signaturesEnforcedBy", "'Secure Boot'").module("fit.signature", "'accepted'");
    ready.module("fit.signer", "'signed by lab key'");

    assertThat(lines(ready)).contains("OK signature: signed by lab key; Secure Boot requires it");
  }

  @Test
  void lists_each_symbol_that_differs_separately() {
    ready.module("fit.symbolTroubles", "['a is not exported', 'b has CRC 0x1, expected 0x2']");

    assertThat(lines(ready))
        .contains(
            "BAD symbols: 152 CRCs compared with " + TREE + "symvers.gz",
            "BAD : a is not exported",
            "BAD : b has CRC 0x1, expected 0x2");
  }

  @Test
  void lists_a_missing_dependency_among_the_existing_ones() {
    ready.module("fit.dependencies", "['/x/a.ko', '/x/b.ko']");
    ready.module("fit.missingDependencies", "['/x/b.ko']");

    assertThat(lines(ready)).contains("OK dependencies: /x/a.ko", "BAD : /x/b.ko does not exist");
  }

  @Test
  void shows_what_comes_next_as_a_time_and_an_advice() {
    ready.with("driver.retryAt", "'2026-11-23T08:00:00Z'").with("driver.advice", "'see x'");

    assertThat(lines(ready)).endsWith("NONE : next try at 2026-11-23T08:00:00Z; see x");
  }

  @Test
  void says_that_an_attempt_was_with_an_older_version() {
    ready.with("attempts.1.version", "'4.18.6'").with("attempts.1.outcome", "'interrupted'");

    assertThat(lines(ready))
        .anyMatch(
            line -> line.startsWith("NONE 2026-11-23T07:50:57Z: dkms of version 4.18.6, 24.0 s"));
  }

  @Test
  void shows_no_attempts_of_a_driver_that_nothing_was_tried_for() {
    assertThat(lines(ready.with("attempts", "[]"))).containsSequence("# attempts", "NONE : none");
  }
}
