package org.kmodkeeper.remedy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.InitramfsSamples.KERNEL;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.InitramfsCopy.Match;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;

/** A new image takes the place of the old one. */
class InitramfsRemedyTest extends InitramfsRemedyFixture {
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
  void replaces_an_unreadable_old_image_by_a_whole_one() throws Exception {
    Files.writeString(image, "0707");
    assertThat(match()).isEqualTo(Match.UNREADABLE);
    samples.put(module, COPY);
    dracut();

    apply();

    assertThat(match()).isEqualTo(Match.SAME_BUILD);
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
