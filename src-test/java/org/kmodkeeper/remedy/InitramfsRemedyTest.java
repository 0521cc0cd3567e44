package org.kmodkeeper.remedy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kmodkeeper.testing.InitramfsSamples.KERNEL;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.initramfs.FsFreeze;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.initramfs.InitramfsBuilder;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.InitramfsCopy.Match;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.testing.InitramfsSamples;

/** The host's program is a script here; a real dracut is running in the lab's scenarios. */
@DisplayNameGeneration(ReplaceUnderscores.class)
final class InitramfsRemedyTest {
  private static final String COPY = "extra/probe.ko";

  private HostPaths paths;
  private InitramfsSamples samples;
  private Initramfs initramfs;
  private Path programs;
  private Path image;
  private Path partial;
  private Path module;
  private Duration limit;

  @BeforeEach
  void leave_an_old_build_in_the_image(@TempDir Path directory) throws Exception {
    paths = new HostPaths(directory);
    samples = new InitramfsSamples(directory);
    initramfs = new Initramfs(paths);
    programs = Files.createDirectories(directory.resolve("programs"));
    image = paths.boot().resolve("initramfs-" + KERNEL.release() + ".img");
    partial = paths.boot().resolve(image.getFileName() + ".kmodkeeper-new");
    module = samples.module("probe", 2);
    limit = Duration.ofSeconds(60);
    samples.put(samples.module("probe", 1), COPY);
    samples.image(image, "gzip");
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rw-------"));
  }

  private void program(String name, String... lines) throws IOException {
    Path file = programs.resolve(name);
    Files.writeString(file, "#!/bin/bash\nset -e\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A dracut that packs what the test has put into the image's root. */
  private void dracut(String... more) throws IOException {
    String pack =
        "(cd '" + samples.root() + "' && find . | cpio --quiet -H newc -o | gzip >\"$OLDPWD/$4\")";
    program(
        "dracut", Stream.concat(Stream.of("cd /", pack), Stream.of(more)).toArray(String[]::new));
  }

  private InitramfsRemedy remedy() {
    var runner =
        new CommandRunner(new SearchPath(List.of(programs, Path.of("/usr/bin"), Path.of("/bin"))));
    return remedy(runner);
  }

  private InitramfsRemedy remedy(CommandRunner runner) {
    return new InitramfsRemedy(initramfs, renewal(runner));
  }

  private InitramfsRenewal renewal(CommandRunner runner) {
    return new InitramfsRenewal(
        paths, initramfs, new InitramfsBuilder(runner), new FsFreeze(paths, runner));
  }

  private RemedyAction.Result apply() throws Exception {
    return apply(remedy());
  }

  private RemedyAction.Result apply(InitramfsRemedy remedy) throws Exception {
    BuildLog log = BuildLog.begin(paths.logs(KERNEL).resolve("probe.log"));
    return remedy.apply(new RemedyAction.Job(observation(), Rebuild.IF_NEEDED, limit, log));
  }

  private Observation observation() {
    var file =
        new ModuleFile(
            module,
            ModuleFile.Place.ADDED,
            "2",
            KERNEL.release(),
            ModuleFile.VermagicFit.FITS,
            ModuleFile.Provenance.VERSION);
    return new Observation(
        KERNEL,
        Policy.ofDkms("probe", List.of()),
        null,
        "",
        "",
        Observation.Footprint.USED_BEFORE,
        List.of(
            new Observation.Module(
                "probe", Observation.Resolution.FILE, file, null, null, file, null)),
        Observation.Access.WRITABLE,
        null,
        List.of(),
        Observation.DkmsState.NOT_INSTALLED,
        "");
  }

  private Match match() throws Exception {
    return initramfs.copy(KERNEL, "probe", module).match();
  }

  private void assertOldImageIsAllThereIs(byte[] before) throws IOException {
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    try (Stream<Path> files = Files.list(paths.boot())) {
      assertThat(files).containsExactly(image);
    }
    if (Files.exists(paths.builds())) {
      assertThat(paths.builds()).isEmptyDirectory();
    }
  }

  @Test
  void makes_an_image_with_the_new_build_and_the_old_ones_mode() throws Exception {
    assertThat(match()).isEqualTo(Match.OTHER_BUILD);
    samples.put(module, COPY);
    dracut("chmod 644 \"$4\"", "echo made \"$@\"");

    apply();

    assertThat(match()).isEqualTo(Match.SAME_BUILD);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(image)))
        .isEqualTo("rw-------");
    assertOldImageIsAllThereIs(Files.readAllBytes(image));
    assertThat(paths.logs(KERNEL).resolve("probe.log"))
        .hasContent(
            String.format(
                "made --force --tmpdir %s %s %s",
                paths.builds().resolve("initramfs-" + KERNEL.release()),
                partial,
                KERNEL.release()));
  }

  @Test
  void accepts_a_new_image_without_the_module() throws Exception {
    samples.put(samples.module("other", 1), "kernel/other.ko");
    samples.image(image, "gzip");
    Files.delete(samples.tree().resolve(COPY));
    dracut();

    apply();

    assertThat(match()).isEqualTo(Match.NO_COPY);
  }

  @Test
  void keeps_the_old_image_until_the_new_one_is_complete() throws Exception {
    samples.put(module, COPY);
    Path seen = paths.root().resolve("seen");
    dracut("cp '" + image + "' '" + seen + "'");
    byte[] before = Files.readAllBytes(image);

    apply();

    assertThat(Files.readAllBytes(seen)).isEqualTo(before);
  }

  @Test
  void reports_why_a_program_failed_and_keeps_the_old_image() throws Exception {
    byte[] before = Files.readAllBytes(image);
    program(
        "dracut",
        "head -c 1000 /dev/zero >\"$4\"",
        "echo 'dracut: making it'",
        "echo \"dracut: Creation of $4 failed\" >&2",
        "exit 1");

    RemedyAction.Result result = apply();

    assertThat(result.outcome()).isEqualTo(Outcome.BUILD_FAILED);
    assertThat(result.detail()).isEqualTo("dracut: dracut: Creation of " + partial + " failed");
    assertOldImageIsAllThereIs(before);
  }

  @Test
  void fails_if_a_program_makes_nothing_though_it_exits_0() throws Exception {
    byte[] before = Files.readAllBytes(image);
    program("dracut", "exit 0");

    RemedyAction.Result result = apply();

    assertThat(result)
        .isEqualTo(
            new RemedyAction.Result(Outcome.BUILD_FAILED, "dracut: exit status 0 and no image"));
    assertOldImageIsAllThereIs(before);
  }

  @Test
  void kills_an_endless_program_and_leaves_the_old_image() throws Exception {
    byte[] before = Files.readAllBytes(image);
    limit = Duration.ofMillis(300);
    program("dracut", "echo part >\"$4\"", "echo part >\"$3/part\"", "sleep 4711");

    assertThat(apply().outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertOldImageIsAllThereIs(before);
  }

  @Test
  void keeps_the_old_image_when_the_daemon_is_stopped() throws Exception {
    byte[] before = Files.readAllBytes(image);
    program("dracut", "echo part >\"$4\"", "sleep 4711");
    InitramfsRemedy treatment = remedy();

    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> apply(treatment)).isInstanceOf(InterruptedException.class);
    assertOldImageIsAllThereIs(before);
  }

  @Test
  void rejects_an_image_that_is_not_whole() throws Exception {
    byte[] before = Files.readAllBytes(image);
    samples.put(module, COPY);
    dracut("truncate --size=-20 \"$4\"");

    RemedyAction.Result result = apply();

    assertThat(result.outcome()).isEqualTo(Outcome.NOT_PROVEN);
    assertThat(result.detail()).startsWith("cannot read the new initramfs: ");
    assertOldImageIsAllThereIs(before);
  }

  @Test
  void rejects_an_image_that_holds_another_build_again() throws Exception {
    byte[] before = Files.readAllBytes(image);
    samples.put(samples.module("probe", 3), COPY);
    dracut();

    RemedyAction.Result result = apply();

    assertThat(result.outcome()).isEqualTo(Outcome.NOT_PROVEN);
    assertThat(result.detail())
        .isEqualTo(
            "the new initramfs does not help: %s contains another build of probe: %s",
            partial, COPY);
    assertOldImageIsAllThereIs(before);
  }

  @Test
  void rejects_an_image_that_has_lost_all_its_modules() throws Exception {
    byte[] before = Files.readAllBytes(image);
    Files.delete(samples.tree().resolve(COPY));
    dracut();

    assertThat(apply().detail()).isEqualTo("the new initramfs contains no modules, the old one 1");
    assertOldImageIsAllThereIs(before);
  }

  @Test
  void rejects_an_image_that_lacks_a_module_of_the_old_one() throws Exception {
    samples.put(samples.module("sd_mod", 1), "kernel/sd-mod.ko");
    samples.put(samples.module("xfs", 1), "kernel/xfs.ko");
    samples.image(image, "gzip");
    byte[] before = Files.readAllBytes(image);
    samples.put(module, COPY);
    Files.delete(samples.tree().resolve("kernel/sd-mod.ko"));
    Files.delete(samples.tree().resolve("kernel/xfs.ko"));
    dracut();

    RemedyAction.Result result = apply();

    assertThat(result.outcome()).isEqualTo(Outcome.NOT_PROVEN);
    assertThat(result.detail())
        .isEqualTo(
            "the new initramfs lacks modules of %s: sd_mod, xfs; if that is intended, create"
                + " it by hand: dracut --force %s %s",
            image, image, KERNEL.release());
    assertOldImageIsAllThereIs(before);
  }

  @Test
  void keeps_an_old_image_that_was_replaced_meanwhile() throws Exception {
    samples.put(module, COPY);
    dracut("cp '" + image + "' '" + image + ".other'", "mv '" + image + ".other' '" + image + "'");
    byte[] before = Files.readAllBytes(image);

    RemedyAction.Result result = apply();

    assertThat(result.detail()).contains("was changed by another program meanwhile");
    assertOldImageIsAllThereIs(before);
  }

  @Test
  void restores_no_image_of_a_kernel_that_is_erased_meanwhile() throws Exception {
    samples.put(module, COPY);
    dracut("rm '" + image + "'");

    assertThat(apply().outcome()).isEqualTo(Outcome.NOT_PROVEN);
    assertThat(paths.boot()).isEmptyDirectory();
  }

  @Test
  void replaces_an_unreadable_old_image_by_a_whole_one() throws Exception {
    Files.writeString(image, "0707");
    assertThat(match()).isEqualTo(Match.UNREADABLE);
    samples.put(module, COPY);
    dracut();

    apply();

    assertThat(match()).isEqualTo(Match.SAME_BUILD);
  }

  @Test
  void reports_a_full_boot_before_it_makes_anything() throws Exception {
    // As large as all that is free: a sparse file takes no room itself.
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(Files.getFileStore(image).getUsableSpace());
    }
    program("dracut", "touch '" + paths.root().resolve("ran") + "'");

    RemedyAction.Result result = apply();

    assertThat(result.outcome()).isEqualTo(Outcome.BUILD_FAILED);
    assertThat(result.detail())
        .matches(paths.boot() + " has \\d+ MiB free, a new .* needs \\d+ MiB: remove a kernel.*");
    assertThat(paths.root().resolve("ran")).doesNotExist();
  }

  @Test
  void keeps_the_old_image_without_dracut() throws Exception {
    byte[] before = Files.readAllBytes(image);

    RemedyAction.Result result =
        apply(remedy(new CommandRunner(new SearchPath(List.of(programs)))));

    assertThat(result)
        .isEqualTo(new RemedyAction.Result(Outcome.BUILD_FAILED, "dracut is not installed"));
    assertOldImageIsAllThereIs(before);
  }

  @Test
  void makes_no_image_for_a_kernel_without_an_initramfs() throws Exception {
    Files.delete(image);
    dracut();

    assertThat(apply().detail()).isEqualTo("the kernel has no initramfs");
    assertThat(paths.boot()).isEmptyDirectory();
  }

  @Test
  void succeeds_when_the_verdict_no_longer_concerns_initramfs() {
    assertThat(remedy().verify(observation(), Verdict.READY))
        .contains("a new initramfs for " + KERNEL);
    assertThat(remedy().verify(observation(), Verdict.STALE_INITRAMFS)).isEmpty();
    assertThat(remedy().verify(observation(), Verdict.UNKNOWN)).isEmpty();
  }

  @Test
  void removes_partial_images_and_nothing_else_in_recovery() throws Exception {
    byte[] before = Files.readAllBytes(image);
    Path nested = paths.boot().resolve("token/" + KERNEL.release() + "/initrd.kmodkeeper-new");
    Files.createDirectories(nested.getParent());
    Files.writeString(nested, "part");
    Files.writeString(partial, "part");
    Path loader = Files.writeString(paths.boot().resolve("grubenv.kmodkeeper-new"), "theirs");

    renewal(new CommandRunner(SearchPath.SYSTEM)).recover();

    assertThat(nested).doesNotExist();
    assertThat(partial).doesNotExist();
    assertThat(loader).exists();
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }
}
