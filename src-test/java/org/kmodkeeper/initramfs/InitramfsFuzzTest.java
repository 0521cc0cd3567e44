package org.kmodkeeper.initramfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Lines.assertIsLine;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Heartbeat;

@DisplayNameGeneration(ReplaceUnderscores.class)
class InitramfsFuzzTest {
  private static final Kernel KERNEL = new Kernel("6.1");
  private static final Path FILE = Path.of("initramfs-6.1.img");

  @FuzzTest
  void reads_any_image_or_reports_a_fault(byte[] image) throws Exception {
    InitramfsImage read = scan(image);

    if (read.trouble() != null) {
      assertIsLine(read.trouble());
      assertThat(read.modules()).isEmpty();
      return;
    }
    read.modules().values().forEach(copies -> copies.forEach(copy -> assertIsLine(copy.path())));
    InitramfsImage ofPacked = scan(packed(image));
    if (ofPacked.trouble() == null) {
      assertThat(ofPacked).isEqualTo(read);
    }
  }

  private static InitramfsImage scan(byte[] image) throws IOException, InterruptedException {
    return Initramfs.scan(KERNEL, Set.of(), FILE, new ByteArrayInputStream(image), Heartbeat.NONE);
  }

  private static byte[] packed(byte[] plain) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(plain);
    }
    return packed.toByteArray();
  }
}
