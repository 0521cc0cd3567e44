package org.kmodkeeper.boot;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.json.Json;

/** The guard's memory on disk; it survives restarts and is whole or as it was before. */
final class MemoryFile {
  private final Path file;

  MemoryFile(Path file) {
    this.file = file;
  }

  /** What was written last; nothing if there is no such file, or none that can be understood. */
  Memory read() throws IOException {
    if (!Files.exists(file)) {
      return Memory.NONE;
    }
    try {
      @Nullable Memory memory = Json.GSON.fromJson(Files.readString(file), Memory.class);
      return memory == null ? Memory.NONE : memory;
    } catch (JsonParseException | NullPointerException | IllegalArgumentException foreign) {
      return Memory.NONE;
    }
  }

  void write(Memory memory) throws IOException {
    AtomicFile.write(file, Json.GSON.toJson(memory) + "\n");
  }
}
