package org.kmodkeeper.guard;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.model.Kernel;

/** The guard's memory on disk; it survives restarts and is whole or as it was before. */
final class MemoryFile {
  private static final Gson GSON =
      new GsonBuilder()
          .registerTypeAdapter(Kernel.class, new Release().nullSafe())
          .setPrettyPrinting()
          .disableHtmlEscaping()
          .create();

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
      @Nullable Memory memory = GSON.fromJson(Files.readString(file), Memory.class);
      return memory == null ? Memory.NONE : memory;
    } catch (JsonParseException | NullPointerException | IllegalArgumentException foreign) {
      return Memory.NONE;
    }
  }

  void write(Memory memory) throws IOException {
    AtomicFile.write(file, GSON.toJson(memory) + "\n");
  }

  /** A kernel as its release alone. */
  private static final class Release extends TypeAdapter<Kernel> {
    @Override
    public void write(JsonWriter out, Kernel kernel) throws IOException {
      out.value(kernel.release());
    }

    @Override
    public Kernel read(JsonReader in) throws IOException {
      return new Kernel(in.nextString());
    }
  }
}
