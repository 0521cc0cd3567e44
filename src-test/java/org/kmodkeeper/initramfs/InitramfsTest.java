package org.kmodkeeper.initramfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.InitramfsSamples.KERNEL;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.InitramfsCopy.Match;
import org.kmodkeeper.process.Heartbeat;

/** Finding an image and reading it, whole or damaged. */
class InitramfsTest extends InitramfsFixture {
  /** Else a watchdog would end the daemon in the middle of a large one. */
  @Test
  void shows_a_sign_of_life_for_each_file_of_an_image() throws Exception {
    var beats = new AtomicInteger();
    var heartbeat = new Heartbeat(Duration.ZERO, beats::incrementAndGet);
    for (int number = 0; number < 20; number++) {
      samples.put(samples.module("other", number), "kernel/drivers/net/other" + number + ".ko");
    }
    samples.image(image, "gzip");
    heartbeat.begin();

    new Initramfs(new HostPaths(directory), heartbeat).read(KERNEL, image, Set.of());

    assertThat(beats.get()).isGreaterThan(20);
  }

  @Test
  void reads_an_image_once_for_all_modules_that_are_expected() throws Exception {
    samples.put(samples.module("other", 1), "kernel/drivers/net/other.ko");
    samples.image(image, "gzip");
    initramfs.expect(List.of("probe", "other"));

    InitramfsImage read = initramfs.read(KERNEL, image, Set.of("probe"));

    assertThat(initramfs.read(KERNEL, image, Set.of("other"))).isSameAs(read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cat",
        "gzip -9",
        "xz --check=crc32 --lzma2=dict=1MiB",
        "xz --check=crc32 --threads=2",
        "zstd -15 -q -T0",
        "zstd -19 -q"
      })
  void reads_an_image_however_it_is_compressed(String compressor) throws Exception {
    samples.put(samples.module("probe", 1), IN_TREE);
    samples.write("etc/large", "x".repeat(9_000_000));
    samples.image(image, compressor);
    samples.prependMicrocode(image);

    assertThat(matchOf(samples.module("probe", 1))).isEqualTo(Match.SAME_BUILD);
    assertThat(matchOf(samples.module("probe", 2))).isEqualTo(Match.OTHER_BUILD);
  }

  @ParameterizedTest
  @CsvSource({
    "bzip2, bzip2",
    "lzop, cat >unpacked && printf '\\x89LZO'",
    "lz4, lz4 -l",
    "lzma, xz --format=lzma"
  })
  void calls_an_image_in_another_format_unreadable(String format, String compressor)
      throws Exception {
    samples.put(samples.module("probe", 1), IN_TREE);
    samples.image(image, compressor);

    InitramfsCopy copy = copyOf(samples.module("probe", 1));

    assertThat(copy.match()).isEqualTo(Match.UNREADABLE);
    assertThat(copy.fits()).isFalse();
    assertThat(copy.detail()).startsWith(image.toString()).contains("compressed with " + format);
  }

  @Test
  void reads_both_of_two_archives_compressed_in_the_same_way() throws Exception {
    samples.image(image, "gzip");
    samples.put(samples.module("probe", 1), IN_TREE);
    Path second = samples.image(directory.resolve("second"), "gzip");
    samples.shell("cat \"$1\" >>\"$2\"", second, image);

    assertThat(matchOf(samples.module("probe", 1))).isEqualTo(Match.SAME_BUILD);
  }

  @Test
  void rejects_an_image_with_something_else_after_its_archive() throws Exception {
    samples.put(samples.module("probe", 1), IN_TREE);
    samples.image(image, "(cat && echo something else) | gzip");

    InitramfsCopy copy = copyOf(samples.module("probe", 1));

    assertThat(copy.detail()).endsWith("cannot be read: the compressed data is not a cpio archive");
  }

  @Test
  void rejects_an_image_with_a_file_name_of_any_size() throws Exception {
    Files.createDirectories(image.getParent());
    Files.writeString(image, "070701" + "00000001".repeat(11) + "7fffffff" + "0".repeat(5000));

    InitramfsCopy copy = copyOf(samples.module("probe", 1));

    assertThat(copy.detail()).endsWith("cannot be read: corrupt: a bad cpio header");
  }

  @Test
  void calls_an_image_with_its_files_in_a_squashfs_unreadable() throws Exception {
    samples.write("squash-root.img", "hsqs");
    samples.image(image, "gzip");

    InitramfsCopy copy = copyOf(samples.module("probe", 1));

    assertThat(copy.match()).isEqualTo(Match.UNREADABLE);
    assertThat(copy.detail()).contains("its files are in squash-root.img");
  }

  @Test
  void calls_an_image_without_init_unreadable() throws Exception {
    Files.delete(samples.root().resolve("init"));
    samples.image(image, "gzip");

    assertThat(copyOf(samples.module("probe", 1)).detail()).contains("it has no init");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cat", "gzip", "xz --check=crc32", "zstd -q"})
  void calls_an_image_truncated_anywhere_unreadable(String compressor) throws Exception {
    Path module = samples.module("probe", 1);
    samples.put(module, IN_TREE);
    samples.image(image, compressor);
    byte[] good = Files.readAllBytes(image);
    // The trailer of an uncompressed archive is followed by padding that may be missing.
    int whole = compressor.equals("cat") ? trailer(good) : good.length;

    for (int length = 0; length < whole; length += 1 + whole / 47) {
      Files.write(image, Arrays.copyOf(good, length));

      assertThat(matchOf(module)).as("the first %d bytes", length).isEqualTo(Match.UNREADABLE);
    }
  }

  private static int trailer(byte[] archive) {
    return new String(archive, StandardCharsets.ISO_8859_1).lastIndexOf("TRAILER");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cat", "gzip", "xz --check=crc32", "zstd -q"})
  void survives_a_garbled_image(String compressor) throws Exception {
    Path module = samples.module("probe", 1);
    samples.put(module, IN_TREE);
    samples.image(image, compressor);
    byte[] good = Files.readAllBytes(image);
    var random = new Random(4711);

    for (int round = 0; round < 100; round++) {
      byte[] bad = good.clone();
      for (int flips = 0; flips < 8; flips++) {
        bad[random.nextInt(round % 2 == 0 ? bad.length : 600)] = (byte) random.nextInt();
      }
      Files.write(image, bad);

      assertThat(matchOf(module)).isNotNull();
    }
  }

  @Test
  void refuses_a_zstd_frame_that_needs_too_much_memory() throws Exception {
    Files.createDirectories(image.getParent());
    // RFC 8878: one segment of 2 GiB less 1, all of which a decoder would keep at hand.
    Files.write(image, HexFormat.of().parseHex("28b52ffd" + "a0" + "ffffff7f" + "0000000000"));

    InitramfsCopy copy = copyOf(samples.module("probe", 1));

    assertThat(copy.match()).isEqualTo(Match.UNREADABLE);
    assertThat(copy.detail()).contains("a zstd window of 2147483647 bytes");
  }

  @Test
  void reads_an_image_once_until_it_changes() throws Exception {
    samples.put(samples.module("probe", 1), IN_TREE);
    samples.image(image, "gzip");
    InitramfsImage first = initramfs.read(KERNEL, image, Set.of());

    assertThat(initramfs.read(KERNEL, image, Set.of())).isSameAs(first);
    samples.image(image, "gzip");
    assertThat(initramfs.read(KERNEL, image, Set.of())).isNotSameAs(first);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "boot/initramfs-%s.img",
        "boot/0123456789abcdef/%s/initrd",
        "lib/modules/%s/initramfs.img"
      })
  void finds_the_image_where_the_host_keeps_it(String place) throws Exception {
    Path expected = directory.resolve(String.format(place, KERNEL.release()));
    Files.createDirectories(expected.getParent());
    Files.createFile(expected);

    assertThat(initramfs.image(KERNEL)).contains(expected);
  }
}
