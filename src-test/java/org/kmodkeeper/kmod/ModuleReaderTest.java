package org.kmodkeeper.kmod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestModule;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ModuleReaderTest {
  private static final TestModule MODULE =
      TestModule.named("ixgbevf").version("1.2").builtFor("6.1.0-1.el9.x86_64");

  private final Path directory;
  private final ModuleReader reader = new ModuleReader();

  ModuleReaderTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private void assertDamaged(Path file) {
    assertThatExceptionOfType(DamagedModuleException.class).isThrownBy(() -> reader.read(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {".ko", ".ko.xz", ".ko.zst", ".ko.gz"})
  void reads_name_version_and_kernel_in_any_compression(String ending) throws Exception {
    ModuleContent content = reader.read(MODULE.at(directory.resolve("ixgbevf" + ending)));

    assertThat(content.name()).isEqualTo("ixgbevf");
    assertThat(content.version()).isEqualTo("1.2");
    assertThat(content.vermagic()).startsWith("6.1.0-1.el9.x86_64 SMP");
    assertThat(content.signed()).isFalse();
  }

  @Test
  void reads_no_version_of_a_module_without_one() throws Exception {
    Path file = TestModule.named("ixgbevf").builtFor("6.1.0").at(directory.resolve("ixgbevf.ko"));

    assertThat(reader.read(file).version()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {".ko", ".ko.xz", ".ko.zst", ".ko.gz"})
  void calls_a_module_damaged_that_is_cut_at_any_tenth(String ending) throws Exception {
    Path file = MODULE.at(directory.resolve("ixgbevf" + ending));
    byte[] whole = Files.readAllBytes(file);

    for (int tenths = 0; tenths < 10; tenths++) {
      Path cut = directory.resolve("cut-" + tenths + ending);
      Files.write(cut, Arrays.copyOf(whole, whole.length * tenths / 10));
      assertDamaged(cut);
    }
  }

  @Test
  void survives_garbled_bytes() throws Exception {
    byte[] whole = Files.readAllBytes(MODULE.at(directory.resolve("ixgbevf.ko")));
    for (int at = 0; at < whole.length; at += 7) {
      byte[] garbled = whole.clone();
      garbled[at] = (byte) ~garbled[at];
      readGarbled(Files.write(directory.resolve("garbled-" + at + ".ko"), garbled));
    }
  }

  private void readGarbled(Path file) throws IOException, InterruptedException {
    try {
      assertThat(reader.read(file).name()).isNotNull();
    } catch (DamagedModuleException damaged) {
      assertThat(damaged).hasMessageMatching(".+");
    }
  }

  @Test
  void calls_a_file_that_is_not_there_damaged() {
    assertDamaged(directory.resolve("ixgbevf.ko"));
  }

  @Test
  void calls_a_file_that_is_not_a_module_damaged() throws Exception {
    assertDamaged(HostFixture.write(directory.resolve("ixgbevf.ko"), "no module"));
    assertDamaged(HostFixture.write(directory.resolve("ixgbevf.ko.xz"), "no module"));
  }

  @Test
  void sees_an_appended_signature() throws Exception {
    Path file = MODULE.at(directory.resolve("ixgbevf.ko"));
    Files.write(
        file,
        "~Module signature appended~\n".getBytes(StandardCharsets.US_ASCII),
        StandardOpenOption.APPEND);

    assertThat(reader.read(file).signed()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cat", "xz", "zstd", "gzip"})
  void reads_a_module_larger_than_the_daemons_memory(String compressor) throws Exception {
    Path file = MODULE.at(directory.resolve("ixgbevf.ko"));
    try (var large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(65 << 20);
    }
    var packed = directory.resolve("packed").toFile();
    new ProcessBuilder(compressor)
        .redirectInput(file.toFile())
        .redirectOutput(packed)
        .start()
        .waitFor();

    assertThat(reader.read(packed.toPath()).version()).isEqualTo("1.2");
  }

  @Test
  void reads_a_changed_file_again() throws Exception {
    Path file = MODULE.at(directory.resolve("ixgbevf.ko"));
    assertThat(reader.read(file).version()).isEqualTo("1.2");

    MODULE.version("1.30").at(file);

    assertThat(reader.read(file).version()).isEqualTo("1.30");
  }
}
