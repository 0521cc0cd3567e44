package org.kmodkeeper.observe;

import com.google.gson.JsonParseException;
import com.google.gson.reflect.TypeToken;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.DevicesInUse;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.SoftwareDevices;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;

/**
 * Which drivers are required where nobody has said it: those that serve a device which this host
 * uses, or did so when that was last seen. What cannot be told counts as required.
 */
public final class Requirements {
  private static final TypeToken<Map<String, Set<String>>> USES = new TypeToken<>() {};

  private final HostPaths paths;
  private final SoftwareDevices software;

  public Requirements(HostPaths paths, ModuleReader reader) {
    this.paths = paths;
    this.software = new SoftwareDevices(paths, reader);
  }

  /**
   * What modules serve.
   *
   * @param now by their canonical names
   * @param before what was seen before
   * @param trouble why either is not known, or null if both are
   */
  public record Uses(
      Map<String, Set<String>> now, Map<String, Set<String>> before, @Nullable String trouble) {
    /** Why the driver is required; empty if it is not. */
    public Optional<String> reason(Observation of) {
      if (trouble != null) {
        return Optional.of("the devices that this host uses are not known: " + trouble);
      }
      if (of.unreadable() != null || (of.driver() == null && of.policy().modules().isEmpty())) {
        return Optional.of("its modules are not known");
      }
      return modules(of).stream()
          .flatMap(module -> Optional.ofNullable(now.get(module)).stream())
          .findFirst()
          .map(used -> used.iterator().next() + " uses it")
          .or(
              () ->
                  modules(of).stream()
                      .flatMap(module -> Optional.ofNullable(before.get(module)).stream())
                      .findFirst()
                      .map(used -> used.iterator().next() + " used it when it was last seen"));
    }

    private static List<String> modules(Observation of) {
      @Nullable Driver driver = of.driver();
      Policy policy = of.policy();
      List<String> known = driver == null ? policy.modules() : driver.modules();
      return (known.isEmpty() ? List.of(policy.name()) : known)
          .stream().map(ModuleName::canonical).toList();
    }
  }

  /** Reads the devices as they are now. */
  public Uses look() throws InterruptedException {
    if (paths.isImage()) {
      return new Uses(Map.of(), Map.of(), "it is an image");
    }
    try {
      var devices = DevicesInUse.read(paths);
      Map<String, Set<String>> now = software.uses(devices);
      now.putAll(devices.modules());
      return new Uses(now, remembered(), null);
    } catch (IOException unreadable) {
      return new Uses(Map.of(), Map.of(), IoErrors.text(unreadable));
    }
  }

  private Map<String, Set<String>> remembered() throws IOException {
    if (!Files.exists(paths.servingModules())) {
      return Map.of();
    }
    try {
      @Nullable Map<String, Set<String>> read =
          Json.GSON.fromJson(Files.readString(paths.servingModules()), USES);
      if (read != null && read.values().stream().noneMatch(Set::isEmpty)) {
        return read;
      }
    } catch (JsonParseException | NullPointerException damaged) {
      // Treated like an empty file.
    }
    throw new IOException(paths.servingModules() + " is damaged; remove it");
  }

  /**
   * Keeps what is seen for a boot into a kernel that lacks the driver: of each module one use, so
   * that containers that come and go change nothing.
   */
  public void remember() throws IOException, InterruptedException {
    Uses uses = look();
    Map<String, Set<String>> all = new TreeMap<>(uses.now());
    all.putAll(uses.before());
    all.replaceAll((module, used) -> Set.of(used.iterator().next()));
    if (uses.trouble() == null && !all.keySet().equals(uses.before().keySet())) {
      AtomicFile.write(paths.servingModules(), Json.GSON.toJson(all) + "\n");
    }
  }
}
