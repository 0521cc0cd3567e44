package org.kmodkeeper.remedy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kmodkeeper.testing.InitramfsSamples.KERNEL;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;

/** The old image stays. */
class InitramfsRemedyFailureTest extends InitramfsRemedyFixture {
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
}
