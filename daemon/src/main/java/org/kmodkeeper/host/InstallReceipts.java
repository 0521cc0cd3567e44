package org.kmodkeeper.host;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.Kernel;

/**
 * What we installed: {@code receipts/<release>/<driver>.json}.
 *
 * <p>A receipt is trusted only while the file on disk still has the digest that it tells, so it
 * proves where a module came from, never that one is there.
 */
public final class InstallReceipts {
  private static final String ENDING = ".json";

  private final HostPaths paths;
  private final Path directory;

  public InstallReceipts(HostPaths paths) {
    this.paths = paths;
    this.directory = paths.state().resolve("receipts");
  }

  /**
   * One driver's files in one kernel's tree.
   *
   * @param version the driver's version
   * @param files SHA-256 in hexadecimal digits, by path relative to the kernel's tree
   * @param origin where they come from, for people; null for a build of this kernel's own
   */
  public record Receipt(String version, Map<String, String> files, @Nullable String origin) {
    public Receipt(String version, Map<String, String> files) {
      this(version, files, null);
    }

    public Receipt {
      files = new TreeMap<>(files);
    }
  }

  public void write(Kernel kernel, String driver, Receipt receipt) throws IOException {
    AtomicFile.write(file(kernel, driver), Json.GSON.toJson(receipt) + "\n");
  }

  /** The receipt; empty if there is none that can be read. */
  public Optional<Receipt> read(Kernel kernel, String driver) throws IOException {
    Path file = file(kernel, driver);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      // Bytes that are not text become replacement characters, which no digest or version contains.
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      @Nullable Written written = Json.GSON.fromJson(text, Written.class);
      return written == null ? Optional.empty() : written.receipt();
    } catch (JsonParseException damaged) {
      // A receipt is only ever evidence for us; without it the module is judged like a stranger's.
      return Optional.empty();
    }
  }

  /** What stands in a file, whole or not. */
  private record Written(
      @Nullable String version,
      @Nullable Map<String, @Nullable String> files,
      @Nullable String origin) {
    Optional<Receipt> receipt() {
      if (version == null || files == null) {
        return Optional.empty();
      }
      Map<String, String> whole = new TreeMap<>();
      for (Map.Entry<String, @Nullable String> one : files.entrySet()) {
        @Nullable String digest = one.getValue();
        if (digest == null || !HostPaths.isPath(one.getKey())) {
          return Optional.empty();
        }
        whole.put(one.getKey(), digest);
      }
      return Optional.of(new Receipt(version, whole, origin));
    }
  }

  /** Whether a file in that kernel's tree is still the one of the receipt. */
  public boolean isOf(Receipt receipt, Path file, Kernel kernel) throws IOException {
    Path tree = paths.tree(kernel);
    return file.startsWith(tree)
        && Sha256.of(file).equals(receipt.files().get(tree.relativize(file).toString()));
  }

  /** Whether any kernel has a receipt of that driver. */
  public boolean anyOf(String driver) throws IOException {
    return kernels().stream().anyMatch(kernel -> Files.exists(file(kernel, driver)));
  }

  /** The drivers that we installed for a kernel. */
  public List<String> drivers(Kernel kernel) throws IOException {
    return DirectoryListing.names(directory.resolve(kernel.release())).stream()
        .filter(name -> name.endsWith(ENDING))
        .map(name -> name.substring(0, name.length() - ENDING.length()))
        .sorted()
        .toList();
  }

  /** The kernels that have receipts. */
  public List<Kernel> kernels() throws IOException {
    return DirectoryListing.names(directory).stream()
        .filter(Kernel::isRelease)
        .map(Kernel::new)
        .sorted()
        .toList();
  }

  /** Forgets one driver of a kernel, and the kernel with its last one. */
  public void forget(Kernel kernel, String driver) throws IOException {
    Files.deleteIfExists(file(kernel, driver));
    if (drivers(kernel).isEmpty()) {
      Files.deleteIfExists(directory.resolve(kernel.release()));
    }
  }

  private Path file(Kernel kernel, String driver) {
    return directory.resolve(kernel.release()).resolve(driver + ENDING);
  }
}
