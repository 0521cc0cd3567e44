package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;

/** Archives made by the real tar, and such as nobody means well with. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ArchiveTest {
  private final Path directory;

  ArchiveTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private SourceListing contents(Path archive) throws RefusedException {
    return SourceListing.of("nic.tar", new TarSource(archive));
  }

  private Path unpack(Path archive) throws IOException, RefusedException {
    Path to = Files.createDirectory(directory.resolve("to"));
    var unpacker = new Unpacker(to, new SourceValidator("nic.tar", contents(archive).top()));
    new TarSource(archive).read(unpacker);
    unpacker.finish();
    return to;
  }

  private void assertRefused(Path archive, String why) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> contents(archive))
        .withMessageStartingWith("nic.tar: ")
        .withMessageContaining(why);
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  /** A source as a vendor has it, packed by the real tar. */
  private Path packed(String archive, String... options) throws Exception {
    Path nic = file("nic-1.2");
    Files.createDirectories(nic.resolve("src"));
    Files.writeString(nic.resolve("src/Makefile"), "obj-m := nic.o\n");
    Files.writeString(nic.resolve("src/nic.c"), "int nic;\n");
    Files.writeString(nic.resolve("configure"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(
        nic.resolve("configure"), PosixFilePermissions.fromString("rwxrwx---"));
    Files.setLastModifiedTime(nic.resolve("src/nic.c"), FileTime.fromMillis(1_000_000_000_000L));
    Files.createLink(nic.resolve("src/copy.c"), nic.resolve("src/nic.c"));
    Files.createSymbolicLink(nic.resolve("nic.c"), Path.of("src/nic.c"));
    List<String> argv = new java.util.ArrayList<>(List.of("tar", "--create", "--auto-compress"));
    argv.addAll(List.of(options));
    argv.addAll(List.of("--file", file(archive).toString(), "nic-1.2"));
    var ran = new CommandRunner(SearchPath.SYSTEM).run(Command.of(argv).in(directory));
    assertThat(ran.succeeded()).as(ran.stderr()).isTrue();
    return file(archive);
  }

  @ParameterizedTest
  @CsvSource({
    "nic.tar, --format=gnu",
    "nic.tar.gz, --format=gnu",
    "nic.tgz, --format=pax",
    "nic.tar.xz, --format=posix",
    "nic.tar.zst, --format=ustar",
    "nic.tar, --format=v7",
  })
  void unpacks_what_tar_packs(String name, String format) throws Exception {
    Path to = unpack(packed(name, format));

    assertThat(to.resolve("src/Makefile")).hasContent("obj-m := nic.o");
    assertThat(to.resolve("nic.c")).isSymbolicLink().hasContent("int nic;");
    assertThat(Files.isSameFile(to.resolve("src/copy.c"), to.resolve("src/nic.c"))).isTrue();
    assertThat(Files.getLastModifiedTime(to.resolve("src/nic.c")).toMillis())
        .isEqualTo(1_000_000_000_000L);
  }

  @Test
  void keeps_only_the_executable_bit_of_modes() throws Exception {
    Path to =
        unpack(
            new TestArchive()
                .of(TarConstants.LF_DIR, "nic/closed", "")
                .file("nic/configure", "", 04711)
                .file("nic/nic.c", "", 0666)
                .file("nic/secret", "", 0)
                .at(file("nic.tar")));

    assertThat(modes(to)).isEqualTo("rwxr-xr-x");
    assertThat(modes(to.resolve("closed"))).isEqualTo("rwxr-xr-x");
    assertThat(modes(to.resolve("configure"))).isEqualTo("rwxr-xr-x");
    assertThat(modes(to.resolve("nic.c"))).isEqualTo("rw-r--r--");
    assertThat(modes(to.resolve("secret"))).isEqualTo("rw-r--r--");
    assertThat((Integer) Files.getAttribute(to.resolve("configure"), "unix:mode") & 07000).isZero();
  }

  private static String modes(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void omits_one_top_directory_but_keeps_several() throws Exception {
    assertThat(contents(new TestArchive().file("nic/Makefile", "").at(file("one"))).top())
        .isEqualTo("nic");
    assertThat(
            contents(
                    new TestArchive()
                        .file("nic/Makefile", "")
                        .file("tools/nic.sh", "")
                        .at(file("two")))
                .top())
        .isEmpty();
    assertThat(contents(new TestArchive().file("Makefile", "").at(file("none"))).top()).isEmpty();
  }

  @Test
  void refuses_a_link_beside_the_top_directory() throws Exception {
    assertRefused(
        new TestArchive()
            .file("nic/Makefile", "")
            .symbolicLink("nic/up", "../ixgbevf-1")
            .at(file("nic.tar")),
        "leads out");
  }

  @Test
  void refuses_names_that_lead_out() throws Exception {
    assertRefused(new TestArchive().file("nic/../../evil", "").at(file("1")), "leads out");
    assertRefused(new TestArchive().file("/etc/evil", "").at(file("2")), "an absolute path");
    assertRefused(new TestArchive().symbolicLink("nic/a", "/etc").at(file("3")), "leads out");
    assertRefused(new TestArchive().hardLink("nic/a", "/etc/shadow").at(file("4")), "absolute");
    assertRefused(
        new TestArchive().symbolicLink("nic/a", "b").file("nic/a/evil", "").at(file("5")),
        "below a file that is not a directory");
  }

  @ParameterizedTest
  @ValueSource(bytes = {TarConstants.LF_CHR, TarConstants.LF_BLK, TarConstants.LF_FIFO, 'Z', 'M'})
  void refuses_devices_pipes_and_unknown_types(byte type) throws Exception {
    assertRefused(
        new TestArchive().of(type, "nic/null", "").at(file("nic.tar")),
        "not a file, a directory or a link");
  }

  @Test
  void refuses_a_sparse_file() throws Exception {
    try (var sparse = new java.io.RandomAccessFile(file("hole").toFile(), "rw")) {
      sparse.setLength(1L << 30);
    }
    new CommandRunner(SearchPath.SYSTEM)
        .run(Command.of("tar", "--create", "--sparse", "--file", "nic.tar", "hole").in(directory));

    assertRefused(file("nic.tar"), "not a file, a directory or a link");
  }

  @Test
  void refuses_a_huge_file_before_reading_it() throws Exception {
    Path archive =
        new TestArchive()
            .file("nic/large", "x")
            .at(
                file("nic.tar"),
                bytes -> {
                  System.arraycopy(ascii("77777777777"), 0, bytes, 124, 11);
                  checksum(bytes);
                });

    assertRefused(archive, "more than 512 MiB");
  }

  @Test
  void does_not_keep_a_name_of_many_megabytes_in_memory() throws Exception {
    // What follows would be the name; the archive ends long before, but nobody gets to see that.
    Path archive =
        new TestArchive()
            .file("nic/" + "x".repeat(200), "")
            .at(
                file("nic.tar"),
                bytes -> {
                  System.arraycopy(ascii("00400000000"), 0, bytes, 124, 11);
                  checksum(bytes);
                });
    byte[] long64Mebibytes = Arrays.copyOf(Files.readAllBytes(archive), 70 << 20);
    Arrays.fill(long64Mebibytes, 512, long64Mebibytes.length, (byte) 'x');
    Files.write(archive, long64Mebibytes);

    assertRefused(archive, "a header of more than 1048576 bytes");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Makes the first header's checksum right again. */
  private static void checksum(byte[] bytes) {
    Arrays.fill(bytes, 148, 156, (byte) ' ');
    int sum = 0;
    for (int at = 0; at < 512; at++) {
      sum += bytes[at] & 0xff;
    }
    System.arraycopy(ascii(String.format("%06o\0 ", sum)), 0, bytes, 148, 8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nic.tar", "nic.tar.gz", "nic.tar.xz", "nic.tar.zst"})
  void refuses_a_truncated_archive(String name) throws Exception {
    byte[] whole = Files.readAllBytes(packed(name));
    Path cut = Files.write(file("cut"), Arrays.copyOf(whole, whole.length * 2 / 5));

    assertRefused(cut, "cannot be read: ");
  }

  @Test
  void refuses_a_damaged_header() throws Exception {
    assertRefused(
        new TestArchive().file("nic/Makefile", "").at(file("nic.tar"), bytes -> bytes[0] = 'N'),
        "cannot be read: not a tar archive, or a damaged one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PK\3\4 a zip file", "plain text", "BZh91AY"})
  void refuses_a_file_that_is_not_an_archive(String start) throws Exception {
    assertRefused(Files.writeString(file("x"), start + " ".repeat(2000)), "cannot be read: ");
  }

  @Test
  void refuses_an_archive_without_files() throws Exception {
    assertRefused(new TestArchive().directory("nic").at(file("1")), "contains no files");
    assertRefused(Files.write(file("2"), new byte[10240]), "contains no files");
    assertRefused(Files.createFile(file("3")), "truncated");
  }
}
