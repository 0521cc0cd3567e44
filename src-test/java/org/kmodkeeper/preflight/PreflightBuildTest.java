package org.kmodkeeper.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.Manifest;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestKey;
import org.kmodkeeper.testing.TestModule;
import org.kmodkeeper.testing.TestSettings;

/** What a build with the headers of an offered kernel comes to. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PreflightBuildTest extends PreflightFixture {
  PreflightBuildTest(@TempDir Path root) throws IOException {
    super(root);
  }

  @BeforeEach
  void offer_another_class() throws Exception {
    offer(OFFERED, "netif_rx 0x00000010");
    offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000010");
  }

  @Test
  void stores_what_is_built() throws Exception {
    PreflightAnswer answer = answer(Depth.BUILD);

    assertThat(answer.detail()).isEqualTo("built for it and stored");
    assertThat(answer.verdict()).isEqualTo(Verdict.READY);
    assertThat(store.of(driver, OFFERED)).isPresent();
    assertThat(answer(Depth.STORED).detail())
        .isEqualTo("built for 6.1.0-2.el9.x86_64 by direct, CRCs compared: 0");
  }

  @Test
  void tells_which_build_it_answers_by() throws Exception {
    assertThat(builds()).containsExactly(store.of(driver, OFFERED).orElseThrow());
    offer(OFFERED, "netif_rx 0x00000001");
    store.remove(store.list().get(1));

    assertThat(builds()).containsExactly(store.of(driver, BUILT).orElseThrow());
    assertThat(store.of(driver, OFFERED)).isEmpty();
  }

  private Collection<Artifact> builds() throws Exception {
    return Preflight.open(host.paths(), host.runner(), TestSettings.of(policy).settings(), clock)
        .run(new Preflight.Request(null, null, Depth.BUILD, true))
        .builds()
        .values();
  }

  @Test
  void holds_the_limits_of_the_store() throws Exception {
    Path remains = host.paths().state().resolve("store/ixgbevf-1.2/.partial-6.1.0-9");
    Files.createDirectories(remains);

    answer(Depth.BUILD);

    assertThat(remains).doesNotExist();
  }

  @Test
  void compresses_as_the_modules_of_installed_kernels_are() throws Exception {
    HostFixture.write(host.paths().tree(BUILT).resolve("kernel/drivers/net/dummy.ko.xz"), "");

    assertThat(answer(Depth.BUILD).verdict()).isEqualTo(Verdict.READY);
    assertThat(store.of(driver, OFFERED).orElseThrow().manifest().modules())
        .extracting(Manifest.Module::file)
        .containsExactly("ixgbevf.ko.xz");
  }

  @Test
  void promises_no_stored_build_that_is_not_to_be_used() throws Exception {
    policy = by(Remedy.DIRECT);

    PreflightAnswer answer = answer(Depth.BUILD);

    assertThat(answer.verdict()).isEqualTo(Verdict.MISSING);
    assertThat(answer.detail())
        .isEqualTo("it compiles; it will be built when the kernel is installed");
  }

  @Test
  void refuses_what_nobody_signs_where_it_must_be_signed() throws Exception {
    HostFixture.write(host.paths().kernelCommandLine(), "ro module.sig_enforce=1\n");

    PreflightAnswer answer = answer(Depth.BUILD);

    assertThat(answer.verdict()).isEqualTo(Verdict.UNSIGNED);
    assertThat(store.of(driver, OFFERED)).isEmpty();
  }

  @Test
  void refuses_what_an_unknown_key_signs_where_it_must_be_signed() throws Exception {
    HostFixture.write(host.paths().kernelCommandLine(), "ro module.sig_enforce=1\n");
    TestKey key = signWith("mok");

    PreflightAnswer answer = answer(Depth.BUILD);

    assertThat(answer.verdict()).isEqualTo(Verdict.UNSIGNED);
    assertThat(answer.detail())
        .startsWith("signed by CN=mok, ")
        .endsWith(
            ", which this kernel is not known to accept, and module.sig_enforce requires a"
                + " signature");
    assertThat(store.of(driver, OFFERED)).isEmpty();
    assertThat(
            answer(Depth.BUILD, TestSettings.of(policy).certificates(key.certificate())).verdict())
        .isEqualTo(Verdict.READY);
  }

  /** dkms has a key, and the offered kernel's headers have sign-file. */
  private TestKey signWith(String name) throws Exception {
    TestKey key = TestKey.named(name, host.root());
    Path mok = host.paths().dkmsTree();
    Files.createDirectories(mok);
    Files.copy(key.key(), mok.resolve("mok.key"));
    Files.copy(key.certificate(), mok.resolve("mok.pub"));
    HostFixture.write(
        host.paths().dkmsConfiguration().resolve("framework.conf"),
        "sign_file=" + TestKey.signFile() + "\n");
    return key;
  }

  @Test
  void does_not_judge_a_symbol_of_another_out_of_tree_module() throws Exception {
    need("other_sends");
    assertThat(answer(Depth.BUILD).verdict()).isEqualTo(Verdict.SYMBOL_MISMATCH);
    assertThat(kept()).contains("\"holds\":true");

    TestModule.named("other")
        .exporting("other_sends", 1)
        .builtFor(BUILT.release())
        .at(host.paths().tree(BUILT).resolve("extra/other.ko"));
    // With another source, the old answer is of no account.
    need("other_sends", "netif_rx");

    PreflightAnswer answer = answer(Depth.BUILD);

    assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(answer.detail())
        .isEqualTo(
            "other_sends is of another out-of-tree module, which this kernel does not have yet");
    assertThat(store.of(driver, OFFERED)).isEmpty();
    assertThat(kept()).doesNotContain("\"holds\":true");

    need("other_sends", "gone");

    assertThat(answer(Depth.BUILD).detail()).isEqualTo("gone is not exported");
  }

  private void need(String... symbols) throws IOException {
    TestModule module = TestModule.named("ixgbevf").version("1.2");
    for (String symbol : symbols) {
      module = module.calling(symbol, 0x10);
    }
    Files.writeString(driver.source().resolve("ixgbevf.c"), module.source());
  }

  @Test
  void does_not_judge_what_modpost_misses_of_another_module() throws Exception {
    TestModule.named("other")
        .exporting("other_sends", 1)
        .builtFor(BUILT.release())
        .at(host.paths().tree(BUILT).resolve("extra/other.ko"));
    Files.writeString(
        driver.source().resolve("Makefile"),
        "$(error ERROR: modpost: \"other_sends\" [/x/ixgbevf.ko] undefined!)\n");
    policy = HostFixture.driver("ixgbevf", "make");

    PreflightAnswer answer = answer(Depth.BUILD);

    assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(answer.detail()).contains("other_sends is of another out-of-tree module");
    Files.writeString(
        driver.source().resolve("Makefile"),
        "$(error ERROR: modpost: \"gone\" [/x/ixgbevf.ko] undefined!)\n");

    assertThat(answer(Depth.BUILD).verdict()).isEqualTo(Verdict.BUILD_FAILED);
  }

  @Test
  void does_not_judge_a_driver_that_is_built_after_another() throws Exception {
    Files.writeString(driver.source().resolve("ixgbevf.c"), "int x = y;\n");
    HostFixture.write(
        driver.source().resolve("dkms.conf"),
        """
        PACKAGE_NAME=ixgbevf
        PACKAGE_VERSION=1.2
        BUILT_MODULE_NAME[0]=ixgbevf
        DEST_MODULE_LOCATION[0]=/updates
        BUILD_DEPENDS[0]=other
        """);

    PreflightAnswer answer = answer(Depth.BUILD);

    assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(answer.detail())
        .contains("undeclared")
        .endsWith("; it is built after other, which this kernel does not have yet");
    assertThat(Path.of(String.valueOf(answer.log()))).isRegularFile();
    assertThat(kept()).doesNotContain("\"holds\":true");
  }

  @Test
  void lets_no_answer_that_is_not_known_end_a_hold() throws Exception {
    Files.writeString(driver.source().resolve("ixgbevf.c"), "int x = y;\n");
    assertThat(answer(Depth.BUILD).verdict()).isEqualTo(Verdict.BUILD_FAILED);
    breakConfinement();

    assertThat(answer(Depth.BUILD).verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(kept()).contains("\"holds\":true").contains("does not compile for it (");
    host.without("gcc");
    assertThat(answer(Depth.BUILD).verdict()).isEqualTo(Verdict.NO_COMPILER);
    assertThat(kept()).contains("\"holds\":true").contains("does not compile for it (");
  }

  @Test
  void repeats_no_build_for_the_timer_that_nobody_signs() throws Exception {
    HostFixture.write(host.paths().kernelCommandLine(), "ro module.sig_enforce=1\n");

    assertBuiltOnce(Verdict.UNSIGNED);
  }

  @Test
  void repeats_no_build_for_the_timer_that_is_not_stored() throws Exception {
    policy = by(Remedy.DIRECT);
    assertBuiltOnce(Verdict.MISSING);

    policy = by(Remedy.STORED, Remedy.DIRECT);

    assertThat(answer(Depth.BUILD, false).verdict()).isEqualTo(Verdict.READY);
  }

  private void assertBuiltOnce(Verdict verdict) throws Exception {
    assertThat(answer(Depth.BUILD).verdict()).isEqualTo(verdict);
    assertThat(answer(Depth.BUILD, false).verdict()).isEqualTo(verdict);
    assertThat(downloads()).isEqualTo(1);
    clock.advance(Duration.ofDays(8));
    assertThat(answer(Depth.BUILD, false).verdict()).isEqualTo(verdict);
    assertThat(downloads()).isEqualTo(2);
  }

  @Test
  void repeats_for_the_timer_what_is_not_known() throws Exception {
    breakConfinement();
    assertThat(answer(Depth.BUILD).verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(answer(Depth.BUILD, false).verdict()).isEqualTo(Verdict.UNKNOWN);

    assertThat(downloads()).isEqualTo(2);
  }

  @Test
  void finds_headers_that_are_not_the_kernels_own() throws Exception {
    Files.writeString(
        driver.source().resolve("ixgbevf.c"),
        TestModule.named("ixgbevf").version("1.2").calling("netif_rx", 0x10).source());
    Path said = host.root().resolve("said");
    Files.writeString(said, Files.readString(said).replace("0x00000010", "0x00000020"));

    PreflightAnswer answer = answer(Depth.BUILD);

    assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(answer.detail())
        .startsWith("the headers that are offered are not those of this kernel: ")
        .contains("netif_rx has CRC 0x00000010, expected 0x00000020");
  }

  @Test
  void tells_why_it_does_not_compile() throws Exception {
    Files.writeString(driver.source().resolve("ixgbevf.c"), "int x = y;\n");

    PreflightAnswer answer = answer(Depth.BUILD);

    assertThat(answer.verdict()).isEqualTo(Verdict.BUILD_FAILED);
    assertThat(answer.detail()).contains("ixgbevf.c:1:").contains("undeclared");
    assertThat(Path.of(String.valueOf(answer.log()))).isRegularFile();
    assertThat(kept()).contains("\"holds\":true").contains("does not compile for it (");
    assertThat(host.paths().downloads()).doesNotExist();
  }

  @Test
  void blames_no_source_for_what_the_host_lacks() throws Exception {
    Files.writeString(
        driver.source().resolve("ixgbevf.c"), "#error No space left on device\nint x = y;\n");

    PreflightAnswer answer = answer(Depth.BUILD);

    assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(answer.speaksAgainst()).isFalse();
    assertThat(Path.of(String.valueOf(answer.log()))).isRegularFile();
    assertThat(kept()).doesNotContain("\"holds\":true");
  }

  @Test
  void blames_no_source_where_nothing_can_be_confined() throws Exception {
    breakConfinement();

    PreflightAnswer answer = answer(Depth.BUILD);

    assertThat(answer.detail()).isEqualTo("confine: no namespaces");
    assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
  }

  /** No build can be confined, and so none is made. */
  private void breakConfinement() throws IOException {
    HostFixture.write(
            host.paths().confine(),
            """
            #!/bin/sh
            case "$*" in *--headers*) echo 'confine: no namespaces' >&2; exit 125 ;; esac
            while [ "$1" != -- ]; do shift; done
            shift
            exec "$@"
            """)
        .toFile()
        .setExecutable(true);
  }

  @Test
  void repeats_a_failure_for_the_timer_with_another_source() throws Exception {
    Files.writeString(driver.source().resolve("ixgbevf.c"), "int x = y;\n");
    answer(Depth.BUILD);

    assertThat(answer(Depth.STORED).verdict()).isEqualTo(Verdict.MISSING);
    assertThat(kept()).contains("does not compile for it (");
    assertThat(answer(Depth.BUILD, false).at()).isEqualTo(clock.instant());
    clock.advance(Duration.ofMinutes(1));
    assertThat(answer(Depth.BUILD, false).at()).isBefore(clock.instant());
    assertThat(answer(Depth.BUILD, true).at()).isEqualTo(clock.instant());
    Files.writeString(driver.source().resolve("ixgbevf.c"), "int x = z;\n");
    assertThat(answer(Depth.BUILD, false).detail()).contains("'z' undeclared");
  }
}
