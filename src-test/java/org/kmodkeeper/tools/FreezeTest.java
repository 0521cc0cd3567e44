package org.kmodkeeper.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.tools.Freeze.Filesystem;

@DisplayNameGeneration(ReplaceUnderscores.class)
final class FreezeTest {
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
  void a_filesystem_with_a_log_is_frozen_if_it_is_not_the_root(
      long device, String type, String root, boolean frozen) {
    assertThat(Freeze.fits(new Filesystem(device, type), new Filesystem(1, root)))
        .isEqualTo(frozen);
  }

  @Test
  void the_root_filesystem_is_never_frozen(@TempDir Path root) throws Exception {
    var host = new HostFixture(root);
    host.standIn("sh", "touch '" + root + "/frozen'");
    Path image = HostFixture.write(host.paths().boot().resolve("image"), "");
    BuildLog log = BuildLog.begin(root.resolve("log"));

    new Freeze(host.paths(), host.runner()).of(image, log);

    assertThat(root.resolve("frozen")).doesNotExist();
  }
}
