package org.kmodkeeper.boot;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.json.Json;

/** The guard's state on disk; it survives restarts and is whole or as it was before. */
final class GuardStateFile {
  private final Path file;

  GuardStateFile(Path file) {
    this.file = file;
  }

  /** What was written last; nothing if there is no such file, or none that can be understood. */
  GuardState read() throws IOException {
    if (!Files.exists(file)) {
      return GuardState.NONE;
    }
    try {
      @Nullable GuardState remembered =
          Json.GSON.fromJson(Files.readString(file), GuardState.class);
      return remembered == null ? GuardState.NONE : remembered;
    } catch (JsonParseException | NullPointerException | IllegalArgumentException foreign) {
      return GuardState.NONE;
    }
  }

  void write(GuardState state) throws IOException {
    AtomicFile.write(file, Json.GSON.toJson(state) + "\n");
  }
}
