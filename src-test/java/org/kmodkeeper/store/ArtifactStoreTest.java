package org.kmodkeeper.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ArtifactStoreTest {
  private static final String FILE = "ixgbevf.ko.xz";
  private static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");

  private final Path root;
  private final ArtifactStore store;
  private final Driver driver;

  ArtifactStoreTest(@TempDir Path root) {
    this.root = root;
    store = new ArtifactStore(new HostPaths(root));
    driver = new Driver("ixgbevf", "1.2", root.resolve("usr/src/ixgbevf-1.2"), List.of("ixgbevf"));
  }

  private Manifest manifest(Kernel kernel, Path module, Instant made) throws IOException {
    return new Manifest(
        Manifest.FORMAT,
        "ixgbevf",
        "1.2",
        "s",
        "r",
        kernel,
        "x86_64",
        kernel.variant(),
        "v",
        null,
        null,
        List.of(
            new Manifest.Module(
                "ixgbevf",
                FILE,
                Sha256.of(module),
                kernel + " SMP",
                Map.of("netif_rx", "0x00c0ffee"),
                null)),
        Remedy.DKMS,
        made,
        "");
  }

  private Path add(Kernel kernel, String content, Instant made)
      throws IOException, InterruptedException {
    Path module = HostFixture.write(root.resolve("built/" + FILE), content);
    store.add(manifest(kernel, module, made), Map.of(FILE, module));
    return root.resolve("var/lib/kmodkeeper/store/ixgbevf-1.2").resolve(kernel.release());
  }

  private Path add(String content) throws IOException, InterruptedException {
    return add(KERNEL, content, Instant.EPOCH);
  }

  @Nested
  class Add {
    @Test
    void keeps_files_and_manifest_for_root_alone() throws Exception {
      Path place = add("module");

      Artifact artifact = store.of(driver, KERNEL).orElseThrow();
      artifact.verify();
      assertThat(artifact.size()).isEqualTo(6);
      assertThat(place.resolve(FILE)).hasContent("module");
      assertThat(Files.getPosixFilePermissions(root.resolve("var/lib/kmodkeeper/store")))
          .hasSize(3);
    }

    @Test
    void replaces_the_artifact_of_that_kernel() throws Exception {
      add("old");
      String before = store.digest(driver).orElseThrow();

      Path place = add("new");

      assertThat(place.resolve(FILE)).hasContent("new");
      assertThat(store.of(driver)).hasSize(1);
      assertThat(store.digest(driver)).isPresent().get().isNotEqualTo(before);
    }

    @Test
    void leaves_the_old_one_if_a_file_cannot_be_copied() throws Exception {
      Path place = add("old");
      Path module = root.resolve("built/" + FILE);
      Manifest manifest = manifest(KERNEL, module, Instant.EPOCH);

      assertThatIOException()
          .isThrownBy(() -> store.add(manifest, Map.of(FILE, root.resolve("missing"))));

      assertThat(place.resolve(FILE)).hasContent("old");
      assertThat(place.getParent()).isDirectoryNotContaining("glob:**.partial*");
    }

    @Test
    void refuses_a_file_that_changes_meanwhile() throws Exception {
      Path module = HostFixture.write(root.resolve("built/" + FILE), "module");
      Manifest manifest = manifest(KERNEL, module, Instant.EPOCH);
      HostFixture.write(module, "another");

      assertThatIOException().isThrownBy(() -> store.add(manifest, Map.of(FILE, module)));

      assertThat(store.list()).isEmpty();
    }
  }

  @Nested
  class Damage {
    @ParameterizedTest
    @ValueSource(strings = {"", "{", "null", "[]", "{\"format\":1}", "{\"format\":2}"})
    void makes_a_manifest_unusable(String text) throws Exception {
      HostFixture.write(add("module").resolve("manifest.json"), text);

      assertThat(store.of(driver)).isEmpty();
      assertThat(store.list()).singleElement().extracting(ArtifactStore.Entry::trouble).isNotNull();
    }

    @Test
    void shows_in_each_byte_of_the_manifest() throws Exception {
      Path manifest = add("module").resolve("manifest.json");
      byte[] whole = Files.readAllBytes(manifest);

      for (int at = 0; at < whole.length - 1; at++) {
        byte[] flipped = whole.clone();
        flipped[at] ^= 1;
        Files.write(manifest, flipped);
        assertThat(store.of(driver)).as("byte %d", at).isEmpty();
      }
    }

    @Test
    void shows_in_the_modules() throws Exception {
      Path place = add("module");
      HostFixture.write(place.resolve(FILE), "modulf");
      Artifact artifact = store.of(driver).get(0);

      assertThatExceptionOfType(DamagedArtifactException.class)
          .isThrownBy(artifact::verify)
          .withMessage("its ixgbevf.ko.xz was changed");
    }

    @Test
    void shows_where_a_module_is_missing() throws Exception {
      Files.delete(add("module").resolve(FILE));

      assertThat(store.list())
          .singleElement()
          .extracting(ArtifactStore.Entry::trouble)
          .isEqualTo("its ixgbevf.ko.xz is missing");
    }

    @Test
    void shows_where_a_directory_was_moved() throws Exception {
      Path place = add("module");
      Files.move(place, place.resolveSibling("6.1.0-2.el9.x86_64"));

      assertThat(store.of(driver)).isEmpty();
    }
  }

  @Nested
  class Trim {
    @Test
    void removes_what_a_crash_has_left_and_what_is_damaged() throws Exception {
      Path place = add("module");
      HostFixture.write(place.resolveSibling(".partial-x/manifest.json"), "{");
      HostFixture.write(place.resolveSibling("6.1.0-3/manifest.json"), "{");

      assertThat(store.trim(Set.of())).containsExactly(place.resolveSibling("6.1.0-3"));

      assertThat(place.getParent()).isDirectoryNotContaining("glob:**.partial*");
      assertThat(store.list()).hasSize(1);
    }

    @Test
    void removes_the_oldest_of_kernels_that_have_gone() throws Exception {
      for (int number = 0; number <= ArtifactStore.MAX_ARTIFACTS / 2; number++) {
        add(new Kernel("6.1.0-" + number), "m", Instant.ofEpochSecond(number));
      }
      Path oldest = add(new Kernel("6.1.0-0"), "m", Instant.ofEpochSecond(0));

      assertThat(store.trim(Set.of(new Kernel("6.1.0-1")))).containsExactly(oldest);
    }

    @Test
    void does_nothing_where_nothing_is_stored() throws Exception {
      assertThat(store.trim(Set.of())).isEmpty();
    }
  }
}
