package org.kmodkeeper.initramfs;

import static org.kmodkeeper.testing.InitramfsSamples.KERNEL;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.InitramfsCopy.Match;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.testing.InitramfsSamples;

/** Images that the real cpio and compressors make. */
@DisplayNameGeneration(ReplaceUnderscores.class)
abstract class InitramfsFixture {
  static final String IN_TREE = "kernel/drivers/net/probe.ko";

  Path directory;
  InitramfsSamples samples;
  Initramfs initramfs;
  Path image;

  @BeforeEach
  void create_samples(@TempDir Path temporary) throws IOException {
    directory = temporary;
    samples = new InitramfsSamples(directory);
    initramfs = new Initramfs(new HostPaths(directory), Heartbeat.NONE);
    image = directory.resolve("boot/initramfs-" + KERNEL.release() + ".img");
  }

  InitramfsCopy copyOf(Path module) throws IOException, InterruptedException {
    return initramfs.copy(KERNEL, "probe", module);
  }

  Match matchOf(Path module) throws IOException, InterruptedException {
    return copyOf(module).match();
  }
}
