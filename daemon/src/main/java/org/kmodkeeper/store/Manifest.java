package org.kmodkeeper.store;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;

/**
 * {@code manifest.json}: what an artifact was built from, and for. All digests are SHA-256 in
 * hexadecimal digits.
 *
 * @param format of this file; another one is not read
 * @param source digest of the driver's source
 * @param recipe digest of what else decides how it is built
 * @param kernel the one that it was built for
 * @param architecture as {@code uname -m} prints it
 * @param variant of the kernel: {@link Kernel#variant()}
 * @param symvers digest of that kernel's list of symbols
 * @param config digest of that kernel's configuration, or null if it is not known
 * @param compiler the one that built the kernel, by its configuration, or null
 * @param madeBy the remedy that built it, or null if it was none of ours
 * @param checksum digest of the manifest itself, without this
 */
public record Manifest(
    int format,
    String driver,
    String version,
    String source,
    String recipe,
    Kernel kernel,
    String architecture,
    String variant,
    String symvers,
    @Nullable String config,
    @Nullable String compiler,
    List<Module> modules,
    @Nullable Remedy madeBy,
    Instant made,
    String checksum) {
  public static final int FORMAT = 1;

  /** Of a driver with 20,000 symbols some 1 MB. */
  private static final int MAX_BYTES = 4 << 20;

  /**
   * One module file.
   *
   * @param file its name in the artifact's directory
   * @param symbols those that it needs, with their CRCs as {@code 0x} and eight digits; {@code -}
   *     for one without
   * @param signer who signed it, for people; null if nobody has
   */
  public record Module(
      String name,
      String file,
      String sha256,
      String vermagic,
      Map<String, String> symbols,
      @Nullable String signer) {
    public Module {
      symbols = new TreeMap<>(symbols);
    }
  }

  public Manifest {
    modules = List.copyOf(modules);
  }

  /** Where it comes from, for people: {@code built for 6.1.0-55-amd64 by dkms}. */
  public String origin() {
    return "built for " + kernel + (madeBy == null ? "" : " by " + madeBy);
  }

  /** The text of the file, with a checksum that fits. */
  String text() {
    return Json.GSON.toJson(withChecksum(Sha256.of(Json.GSON.toJson(withChecksum(""))))) + "\n";
  }

  private Manifest withChecksum(String digest) {
    return new Manifest(
        format,
        driver,
        version,
        source,
        recipe,
        kernel,
        architecture,
        variant,
        symvers,
        config,
        compiler,
        modules,
        madeBy,
        made,
        digest);
  }

  /**
   * Reads such a file; empty if there is none.
   *
   * @throws DamagedArtifactException if it is not one, or was changed after it was written
   */
  public static Optional<Manifest> of(Path file) throws IOException, DamagedArtifactException {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new DamagedArtifactException("its manifest is too large");
      }
      return Optional.of(read(Files.readString(file)));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (MalformedInputException binary) {
      throw new DamagedArtifactException("its manifest is no text");
    }
  }

  /** Whether it has a module of that name and content. */
  public boolean has(String module, String sha256) {
    return modules.stream()
        .anyMatch(one -> one.name().equals(module) && one.sha256().equals(sha256));
  }

  /**
   * Reads the text of such a file.
   *
   * @throws DamagedArtifactException if it is not one, or was changed after it was written
   */
  static Manifest read(String text) throws DamagedArtifactException {
    Manifest read;
    try {
      read = Json.GSON.fromJson(text, Manifest.class);
    } catch (RuntimeException garbled) {
      // What Gson throws, for a record that refuses its values as well.
      throw new DamagedArtifactException("its manifest is not whole");
    }
    if (read == null || read.format != FORMAT) {
      throw new DamagedArtifactException("its manifest is of another format");
    }
    if (!read.text().equals(text)) {
      throw new DamagedArtifactException("its manifest was changed");
    }
    if (!read.isWhole()) {
      throw new DamagedArtifactException("its manifest has names that cannot be");
    }
    return read;
  }

  /** The checksum is right, so this is what was written: only by whom is not known. */
  @SuppressWarnings("ConstantValue")
  private boolean isWhole() {
    return isName(driver)
        && isName(version)
        && source != null
        && recipe != null
        && kernel != null
        && architecture != null
        && variant != null
        && made != null
        && !modules.isEmpty()
        && modules.stream().allMatch(Manifest::isWhole);
  }

  /** Gson leaves null what a file does not have. */
  private static boolean isName(@Nullable String text) {
    return text != null && Driver.isName(text);
  }

  @SuppressWarnings("ConstantValue")
  private static boolean isWhole(Module module) {
    return isName(module.name())
        && module.file() != null
        && module.sha256() != null
        && HostPaths.isPath(module.file())
        && ModuleName.holds(module.file(), module.name());
  }
}
