package org.kmodkeeper.initramfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.initramfs.FsFreeze.Filesystem;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
final class FsFreezeTest {
  @ParameterizedTest
  @CsvSource({
    "2, xfs, xfs, true",
    "2, ext4, btrfs, true",
    "2, btrfs, xfs, true",
    "1, xfs, xfs, false",
    "2, vfat, xfs, false",
    "2, zfs, xfs, false",
    "2, tmpfs, xfs, false",
    "2, btrfs, btrfs, false",
  })
  void freezes_a_filesystem_with_a_log_that_is_not_the_root(
      long device, String type, String root, boolean frozen) {
    assertThat(FsFreeze.fits(new Filesystem(device, type), new Filesystem(1, root)))
        .isEqualTo(frozen);
  }

  @Test
  void never_freezes_the_root_filesystem(@TempDir Path root) throws Exception {
    var host = new HostFixture(root);
    host.standIn("sh", "touch '" + root + "/frozen'");
    Path image = HostFixture.write(host.paths().boot().resolve("image"), "");
    BuildLog log = BuildLog.begin(root.resolve("log"));

    new FsFreeze(host.paths(), host.runner()).of(image, log);

    assertThat(root.resolve("frozen")).doesNotExist();
  }

  @Test
  void thaws_what_a_crash_left_frozen(@TempDir Path root) throws Exception {
    var host = new HostFixture(root);
    host.standIn("fsfreeze", "echo \"$*\" >>'" + root + "/calls'; exit 1");
    var freeze = new FsFreeze(host.paths(), host.runner());
    HostFixture.write(host.paths().state().resolve("frozen"), root.resolve("boot") + "\n");

    freeze.recover();
    freeze.recover();

    assertThat(root.resolve("calls")).hasContent("--unfreeze " + root + "/boot\n");
    assertThat(host.paths().state().resolve("frozen")).doesNotExist();
  }

  @Test
  void records_what_it_is_about_to_freeze_first(@TempDir Path root) throws Exception {
    var host = new HostFixture(root);
    host.standIn(
        "fsfreeze",
        "cp '" + host.paths().state().resolve("frozen") + "' '" + root + "/noted' && exit 1");

    new FsFreeze(host.paths(), host.runner()).freeze(root.resolve("boot"));

    assertThat(root.resolve("noted")).hasContent(root.resolve("boot") + "\n");
    assertThat(host.paths().state().resolve("frozen")).doesNotExist();
  }

  @Test
  void reports_a_freeze_that_fails_and_leaves_nothing_frozen(@TempDir Path root) throws Exception {
    var host = new HostFixture(root);
    host.standIn("fsfreeze", "echo $1 >>'" + root + "/calls'; [ $1 != --freeze ] || exit 7");

    assertThat(new FsFreeze(host.paths(), host.runner()).freeze(root).succeeded()).isFalse();

    assertThat(root.resolve("calls")).hasContent("--freeze\n--unfreeze\n");
  }
}
