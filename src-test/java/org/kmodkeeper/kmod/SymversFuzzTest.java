package org.kmodkeeper.kmod;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.compress.Decompressor;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SymversFuzzTest {
  private static final Set<String> ASKED = Set.of("_printk", "module_layout", "seed_level");

  @FuzzTest
  void takes_symbols_only_from_whole_lines(byte[] list) throws IOException {
    Map<String, Symvers.Offer> offered;
    try {
      offered =
          Decompressor.read(new ByteArrayInputStream(list), plain -> Symvers.read(plain, ASKED));
    } catch (DamagedModuleException garbled) {
      return;
    }

    assertThat(ASKED).containsAll(offered.keySet());
    assertThat(offered.values()).allMatch(offer -> ModuleReaderFuzzTest.isCrc(offer.crc()));
    var printed = new StringBuilder();
    offered.forEach(
        (symbol, offer) ->
            printed.append(
                "0x%08x\t%s\t%s\tEXPORT_SYMBOL\n"
                    .formatted(
                        offer.crc() == ModuleContent.NO_CRC ? 0 : offer.crc(),
                        symbol,
                        offer.module())));
    byte[] again = printed.toString().getBytes(StandardCharsets.ISO_8859_1);
    assertThat(Symvers.read(new ByteArrayInputStream(again), ASKED)).isEqualTo(offered);
  }
}
