package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;

/** Tells who logs in that a hold is in force: motd(5); gone with the hold, and at the next boot. */
final class Motd {
  private final Path file;

  Motd(Path file) {
    this.file = file;
  }

  void show(@Nullable Hold hold) throws IOException {
    if (hold == null) {
      Files.deleteIfExists(file);
      return;
    }
    String text =
        """
        kmodkeeper: kernel %s is not bootable; the next boot is held on %s
            %s
            'kmodkeeper guard status' tells more, 'kmodkeeper wait' when it is over
        """
            .formatted(hold.wanted(), hold.held(), hold.why());
    if (!Files.exists(file) || !Files.readString(file).equals(text)) {
      AtomicFile.write(file, text);
    }
  }
}
