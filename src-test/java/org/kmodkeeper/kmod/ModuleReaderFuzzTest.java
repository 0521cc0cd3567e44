package org.kmodkeeper.kmod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Lines.assertIsLine;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.Objects;
import org.apache.commons.io.channels.ByteArraySeekableByteChannel;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.kmod.ModuleContent.Symbol;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ModuleReaderFuzzTest {
  @FuzzTest
  void reads_any_file_as_a_module_or_calls_it_damaged(byte[] file) throws IOException {
    ModuleContent content;
    try {
      content = ModuleReader.parse(ByteArraySeekableByteChannel.wrap(file));
    } catch (DamagedModuleException damaged) {
      assertIsLine(String.valueOf(damaged.getMessage()));
      return;
    }

    assertIsLine(content.name());
    assertIsLine(content.vermagic());
    assertIsLine(Objects.requireNonNullElse(content.version(), ""));
    assertThat(content.needs())
        .allMatch(symbol -> isCrc(symbol.crc()))
        .extracting(Symbol::name)
        .doesNotHaveDuplicates()
        .allMatch(name -> name.length() <= 512);
    assertThat(content.exports().values()).allMatch(ModuleReaderFuzzTest::isCrc);
  }

  static boolean isCrc(long crc) {
    return crc == ModuleContent.NO_CRC || crc == (crc & 0xffffffffL);
  }
}
