package org.kmodkeeper.signing;

import static org.kmodkeeper.testing.Lines.assertIsLine;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import org.apache.commons.io.channels.ByteArraySeekableByteChannel;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.kmodkeeper.compress.DamagedModuleException;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ModuleSignatureFuzzTest {
  @FuzzTest
  void finds_a_signature_none_or_damage_in_any_end_of_a_module(byte[] module) throws IOException {
    try {
      ModuleSignature.of(ByteArraySeekableByteChannel.wrap(module))
          .ifPresent(signature -> assertIsLine(signature.signer().toString()));
    } catch (DamagedModuleException damaged) {
      assertIsLine(String.valueOf(damaged.getMessage()));
    }
  }
}
