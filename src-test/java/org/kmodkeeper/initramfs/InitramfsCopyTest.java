package org.kmodkeeper.initramfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.InitramfsSamples.KERNEL;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.InitramfsCopy.Match;

/** Which copy of a module an image has, and whether it is the same build. */
class InitramfsCopyTest extends InitramfsFixture {
  @Test
  void finds_no_copy_in_a_kernel_without_an_initramfs() throws Exception {
    InitramfsCopy copy = copyOf(samples.module("probe", 1));

    assertThat(copy).isEqualTo(new InitramfsCopy(Match.NO_IMAGE, null, null));
    assertThat(copy.fits()).isTrue();
  }

  @Test
  void finds_no_copy_in_an_image_without_the_module() throws Exception {
    samples.put(samples.module("other", 1), "kernel/drivers/net/other.ko");
    samples.image(image, "gzip");

    assertThat(matchOf(samples.module("probe", 1))).isEqualTo(Match.NO_COPY);
  }

  @Test
  void reports_another_build_with_the_place_of_the_copy() throws Exception {
    samples.put(samples.module("probe", 1), IN_TREE);
    samples.image(image, "gzip");

    InitramfsCopy copy = copyOf(samples.module("probe", 2));

    assertThat(copy.image()).isEqualTo(image);
    assertThat(copy.detail()).isEqualTo(image + " contains another build of probe: " + IN_TREE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"xz --check=crc32", "gzip", "zstd -q"})
  void recognizes_the_same_build_though_only_one_is_compressed(String compressor) throws Exception {
    Path module = samples.module("probe", 1);
    String ending = compressor.startsWith("x") ? "xz" : compressor.startsWith("g") ? "gz" : "zst";
    Path packed = directory.resolve("probe.ko." + ending);
    samples.shell(compressor + " <\"$1\" >\"$2\"", module, packed);
    samples.put(packed, "extra/probe.ko." + ending);
    samples.image(image, "gzip");

    assertThat(matchOf(module)).isEqualTo(Match.SAME_BUILD);
    assertThat(matchOf(packed)).isEqualTo(Match.SAME_BUILD);
    assertThat(matchOf(samples.module("probe", 2))).isEqualTo(Match.OTHER_BUILD);
  }

  @ParameterizedTest
  @ValueSource(strings = {"strip -g -p", "echo '~Module signature appended~' >>"})
  void recognizes_the_same_build_though_stripped_or_signed(String command) throws Exception {
    Path module = samples.module("probe", 1);
    Path copy = samples.put(module, IN_TREE);
    samples.shell(command + " \"$1\"", copy);
    samples.image(image, "gzip");

    assertThat(Files.mismatch(copy, module)).isNotNegative();
    assertThat(matchOf(module)).isEqualTo(Match.SAME_BUILD);
  }

  @Test
  void compares_the_contents_without_build_ids() throws Exception {
    samples.put(samples.moduleWithoutBuildId("probe", 1), IN_TREE);
    samples.image(image, "gzip");

    assertThat(matchOf(samples.moduleWithoutBuildId("probe", 1))).isEqualTo(Match.SAME_BUILD);
    assertThat(matchOf(samples.moduleWithoutBuildId("probe", 2))).isEqualTo(Match.OTHER_BUILD);
    assertThat(matchOf(samples.module("probe", 1))).isEqualTo(Match.OTHER_BUILD);
  }

  @Test
  void treats_a_truncated_copy_as_another_build() throws Exception {
    Path copy = samples.put(samples.module("probe", 1), IN_TREE);
    samples.shell("truncate --size=-100 \"$1\"", copy);
    samples.image(image, "gzip");

    assertThat(matchOf(samples.module("probe", 1))).isEqualTo(Match.OTHER_BUILD);
  }

  @Test
  void counts_the_copy_that_the_images_modules_dep_names() throws Exception {
    samples.put(samples.module("probe", 1), IN_TREE);
    samples.put(samples.module("probe", 2), "extra/probe.ko");
    samples.image(image, "gzip");
    assertThat(matchOf(samples.module("probe", 2))).isEqualTo(Match.OTHER_BUILD);

    samples.write("lib/modules/" + KERNEL.release() + "/modules.dep", "extra/probe.ko: a.ko\n");
    samples.image(image, "gzip");

    assertThat(matchOf(samples.module("probe", 2))).isEqualTo(Match.SAME_BUILD);
    assertThat(matchOf(samples.module("probe", 1))).isEqualTo(Match.OTHER_BUILD);
  }

  @Test
  void follows_the_link_of_a_weak_update() throws Exception {
    Path other = samples.root().resolve("usr/lib/modules/6.1.0-0.el9.x86_64/extra/probe.ko");
    Files.createDirectories(other.getParent());
    Files.copy(samples.module("probe", 1), other);
    Path link = samples.tree().resolve("weak-updates/probe.ko");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of("/lib/modules/6.1.0-0.el9.x86_64/extra/probe.ko"));
    samples.image(image, "gzip");

    assertThat(matchOf(samples.module("probe", 1))).isEqualTo(Match.SAME_BUILD);
    assertThat(matchOf(samples.module("probe", 2))).isEqualTo(Match.OTHER_BUILD);
  }

  @Test
  void gives_a_hard_linked_copy_the_content_of_its_other_name() throws Exception {
    Path copy = samples.put(samples.module("probe", 1), "extra/probe.ko");
    Files.createLink(samples.tree().resolve("zzz.ko"), copy);
    samples.image(image, "gzip");

    assertThat(matchOf(samples.module("probe", 1))).isEqualTo(Match.SAME_BUILD);
    assertThat(initramfs.read(KERNEL, image, Set.of()).modules()).containsOnlyKeys("probe", "zzz");
  }

  @Test
  void treats_dash_and_underscore_in_a_name_as_the_same() throws Exception {
    samples.put(samples.module("pro_be", 1), "extra/pro-be.ko");
    samples.image(image, "gzip");

    InitramfsCopy copy = initramfs.copy(KERNEL, "pro_be", samples.module("pro_be", 1));

    assertThat(copy.match()).isEqualTo(Match.SAME_BUILD);
  }

  @Test
  void ignores_another_kernels_modules_in_the_image() throws Exception {
    Path other = samples.root().resolve("usr/lib/modules/5.14.0-1.el9.x86_64/extra/probe.ko");
    Files.createDirectories(other.getParent());
    Files.copy(samples.module("probe", 1), other);
    samples.image(image, "gzip");

    assertThat(matchOf(samples.module("probe", 2))).isEqualTo(Match.NO_COPY);
  }

  @Test
  void ends_a_name_where_its_zeros_begin() throws Exception {
    samples.put(samples.module("probe", 1), "extra/probe.ko0000");
    samples.image(image, "sed 's/probe\\.ko0000/probe.ko\\x00\\x00\\x00\\x00/'");

    assertThat(matchOf(samples.module("probe", 2))).isEqualTo(Match.OTHER_BUILD);
  }

  @Test
  void unpacks_a_module_of_the_kernels_own_once_it_is_asked_for() throws Exception {
    samples.put(samples.module("probe", 1), IN_TREE);
    Path damaged = samples.put(samples.module("other", 1), "kernel/drivers/net/other.ko.xz");
    samples.shell("printf '\\xfd7zXZ\\x00garbled' >\"$1\"", damaged);
    samples.image(image, "gzip");

    assertThat(matchOf(samples.module("probe", 1))).isEqualTo(Match.SAME_BUILD);
    InitramfsCopy other = initramfs.copy(KERNEL, "other", Optional.of(samples.module("other", 1)));

    assertThat(other.match()).isEqualTo(Match.UNREADABLE);
    assertThat(other.detail()).contains("kernel/drivers/net/other.ko.xz cannot be read");
  }

  @Test
  void compares_two_of_the_kernels_own_modules_one_by_one() throws Exception {
    samples.put(samples.module("probe", 1), IN_TREE);
    samples.put(samples.module("other", 1), "kernel/drivers/net/other.ko");
    samples.image(image, "gzip");

    assertThat(matchOf(samples.module("probe", 1))).isEqualTo(Match.SAME_BUILD);
    assertThat(initramfs.copy(KERNEL, "other", Optional.of(samples.module("other", 1))).match())
        .isEqualTo(Match.SAME_BUILD);
    assertThat(matchOf(samples.module("probe", 2))).isEqualTo(Match.OTHER_BUILD);
  }

  @Test
  void calls_a_module_file_that_is_gone_unreadable() throws Exception {
    samples.put(samples.module("probe", 1), IN_TREE);
    samples.image(image, "gzip");

    assertThat(matchOf(directory.resolve("gone.ko"))).isEqualTo(Match.UNREADABLE);
  }
}
