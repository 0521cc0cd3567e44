package org.kmodkeeper.json;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.KebabCase;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.text.TextSanitizer;

/**
 * The one configuration of Gson: strict; enums as words such as {@code no-headers}; times, paths
 * and kernels as text.
 */
public final class Json {
  public static final Gson GSON =
      new GsonBuilder()
          .setStrictness(Strictness.STRICT)
          .disableHtmlEscaping()
          .registerTypeAdapterFactory(new EnumsInKebabCase())
          .registerTypeHierarchyAdapter(Path.class, text(Path::of, Path::toString))
          .registerTypeAdapter(Instant.class, text(Instant::parse, Instant::toString))
          .registerTypeAdapter(Duration.class, text(Duration::parse, Duration::toString))
          .registerTypeAdapter(Kernel.class, text(Kernel::new, Kernel::release))
          .create();

  private Json() {}

  private static <T> TypeAdapter<T> text(Function<String, T> parse, Function<T, String> print) {
    return new TypeAdapter<T>() {
      @Override
      public void write(JsonWriter out, T value) throws IOException {
        out.value(print.apply(value));
      }

      @Override
      public T read(JsonReader in) throws IOException {
        return parse.apply(in.nextString());
      }
    }.nullSafe();
  }

  private static final class EnumsInKebabCase implements TypeAdapterFactory {
    @Override
    public <T> @Nullable TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
      Class<? super T> kind = type.getRawType();
      return kind.isEnum()
          ? text(word -> constant(kind, word), constant -> KebabCase.of((Enum<?>) constant))
          : null;
    }

    /**
     * The constant; if another version has one that is not known here, {@code UNKNOWN} if there is
     * one. Earlier versions wrote constants to disk by their names in the code.
     */
    @SuppressWarnings("unchecked")
    private static <T> T constant(Class<? super T> kind, String word) {
      @Nullable Object unknown = null;
      for (Object constant : kind.getEnumConstants()) {
        String name = ((Enum<?>) constant).name();
        if (name.equals(word) || KebabCase.of((Enum<?>) constant).equals(word)) {
          return (T) constant;
        }
        unknown = name.equals("UNKNOWN") ? constant : unknown;
      }
      if (unknown == null) {
        throw new UnknownWordException(
            kind.getSimpleName().toLowerCase(Locale.ROOT)
                + " "
                + TextSanitizer.quoted(word)
                + " is not known");
      }
      return (T) unknown;
    }
  }
}
