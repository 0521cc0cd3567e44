package org.kmodkeeper.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;

/** What others have written: the checksum is right, and the rest may be anything. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ManifestTest {
  private static final Manifest WHOLE =
      new Manifest(
          Manifest.FORMAT,
          "ixgbevf",
          "1.2",
          "s1",
          "r1",
          new Kernel("6.1.0-1.el9.x86_64"),
          "x86_64",
          "",
          "",
          null,
          null,
          List.of(new Manifest.Module("ixgbevf", "ixgbevf.ko", "d1", "", Map.of(), null)),
          Remedy.DIRECT,
          Instant.EPOCH,
          "");

  private final Path directory;

  ManifestTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private Path write(JsonObject manifest) throws Exception {
    String text;
    try {
      text = Json.GSON.fromJson(manifest, Manifest.class).text();
    } catch (RuntimeException refused) {
      // The record refuses it already.
      text = manifest.toString();
    }
    return Files.writeString(directory.resolve("manifest.json"), text);
  }

  private static JsonObject whole() {
    return Json.GSON.toJsonTree(WHOLE).getAsJsonObject();
  }

  private void assertDamaged(JsonObject manifest) {
    assertThatExceptionOfType(DamagedArtifactException.class)
        .isThrownBy(() -> Manifest.of(write(manifest)));
  }

  @Test
  void reads_what_a_store_writes() throws Exception {
    assertThat(Manifest.of(write(whole()))).get().extracting(Manifest::driver).isEqualTo("ixgbevf");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "driver",
        "version",
        "source",
        "recipe",
        "kernel",
        "architecture",
        "variant",
        "modules",
        "made"
      })
  void refuses_one_that_lacks_a_field(String field) {
    JsonObject lacking = whole();
    lacking.remove(field);

    assertDamaged(lacking);
  }

  @ParameterizedTest
  @ValueSource(strings = {"name", "file", "sha256", "symbols"})
  void refuses_one_whose_module_lacks_a_field(String field) {
    JsonObject lacking = whole();
    lacking.getAsJsonArray("modules").get(0).getAsJsonObject().remove(field);

    assertDamaged(lacking);
  }

  @Test
  void refuses_one_without_modules() {
    JsonObject lacking = whole();
    lacking.add("modules", new JsonArray());

    assertDamaged(lacking);
  }

  @Test
  void refuses_names_that_lead_elsewhere() {
    JsonObject leading = whole();
    leading.addProperty("version", "1/../2");
    assertDamaged(leading);

    JsonObject climbing = whole();
    climbing.getAsJsonArray("modules").get(0).getAsJsonObject().addProperty("file", "../x.ko");
    assertDamaged(climbing);
  }

  @Test
  void refuses_one_that_would_fill_the_memory() throws Exception {
    Path file = directory.resolve("manifest.json");
    try (var large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength((4L << 20) + 1);
    }

    assertThatExceptionOfType(DamagedArtifactException.class)
        .isThrownBy(() -> Manifest.of(file))
        .withMessage("its manifest is too large");
  }
}
