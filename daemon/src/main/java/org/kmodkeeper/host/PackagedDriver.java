package org.kmodkeeper.host;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.Driver;

/**
 * A driver whose modules come in packages, one for each kernel: what the package {@code
 * <driver>-kmod-common} tells of it, in {@code /usr/share/kmodkeeper/drivers/<driver>.json}. It
 * stands for the source on hosts that build nothing.
 *
 * @param format of this file; another one is not read
 * @param source digest of the source that the modules were built from: {@code
 *     SourceIdentity.source}
 * @param recipe digest of what else decides how they are built: {@code SourceIdentity.recipe}
 * @param modules their names, at least one
 */
public record PackagedDriver(
    int format, String driver, String version, String source, String recipe, List<String> modules) {
  public static final int FORMAT = 1;

  private static final String ENDING = ".json";

  private static final int MAX_BYTES = 64 << 10;

  /** The name of the package that has the file. */
  public static String commonPackage(String driver) {
    return driver + "-kmod-common";
  }

  /** The name of the package that has the modules for a kernel. */
  public static String modulePackage(String driver, String release) {
    return "kmod-" + driver + "-" + release;
  }

  /** A driver's version as a package has it: rpm allows no {@code -} in one. */
  public static String packageVersion(String version) {
    return version.replace('-', '_');
  }

  /** The text of the file. */
  public String text() {
    return Json.GSON.toJson(this) + "\n";
  }

  /**
   * What is known of that driver; empty if it is not packaged.
   *
   * @throws IOException if the file cannot be read, or is not of that driver
   */
  public static Optional<PackagedDriver> of(HostPaths paths, String driver) throws IOException {
    var file = paths.packagedDriver(driver);
    String text;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IOException(file + " is too large");
      }
      text = Files.readString(file);
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
    try {
      @Nullable PackagedDriver read = Json.GSON.fromJson(text, PackagedDriver.class);
      if (read == null || !read.isOf(driver)) {
        throw new IOException(file + " does not describe the driver " + driver);
      }
      return Optional.of(read);
    } catch (JsonParseException garbled) {
      throw new IOException(file + " cannot be read: " + garbled.getMessage(), garbled);
    }
  }

  /** The names of all that are packaged, in order. */
  public static List<String> names(HostPaths paths) throws IOException {
    List<String> names = new ArrayList<>();
    for (String file : DirectoryListing.names(paths.packagedDrivers())) {
      String name = file.replaceFirst("\\.json$", "");
      if (file.endsWith(ENDING) && Driver.isName(name)) {
        names.add(name);
      }
    }
    return names;
  }

  /** Gson leaves null what a file does not have. */
  @SuppressWarnings("ConstantValue")
  private boolean isOf(String name) {
    return format == FORMAT
        && name.equals(driver)
        && version != null
        && Driver.isName(version)
        && source != null
        && recipe != null
        && modules != null
        && !modules.isEmpty()
        && modules.stream().allMatch(module -> module != null && Driver.isName(module));
  }
}
