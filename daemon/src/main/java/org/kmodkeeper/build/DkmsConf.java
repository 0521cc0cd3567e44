package org.kmodkeeper.build;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.text.TextSanitizer;

/**
 * What a dkms.conf says for one kernel.
 *
 * @param name PACKAGE_NAME, or the driver's name where it has none
 * @param version PACKAGE_VERSION; empty where it has none
 * @param products the modules that a build makes; empty when there is no dkms.conf
 * @param autoinstall whether dkms installs the driver automatically
 * @param depends the drivers that must be built before this one: BUILD_DEPENDS
 * @param excluded the BUILD_EXCLUSIVE line that keeps the driver off this kernel; empty if none
 *     does
 * @param signing where dkms was told to find its signing tools
 */
public record DkmsConf(
    String name,
    String version,
    List<Product> products,
    boolean autoinstall,
    List<String> depends,
    String excluded,
    Signing signing) {
  /**
   * One module.
   *
   * @param module its name when installed
   * @param file where the build leaves it, relative to the build directory
   * @param debugInfo whether debugging sections are taken out: STRIP
   */
  public record Product(String module, String file, DebugInfo debugInfo) {}

  private static final int MAX_REASON_LENGTH = 240;

  /** Whether debugging sections stay in a module. */
  public enum DebugInfo {
    STRIPPED,
    KEPT
  }

  /** Settings of dkms's framework.conf; each empty when not set. */
  public record Signing(String signFile, String key, String certificate) {}

  public DkmsConf {
    products = List.copyOf(products);
    depends = List.copyOf(depends);
  }

  /** The modules' names. */
  public List<String> modules() {
    return products.stream().map(Product::module).toList();
  }

  /**
   * Reads what {@code dkms-conf.bash describe} prints of one driver: pairs of a key and a value,
   * for one kernel after another.
   *
   * @return the answer for each kernel, by its release
   * @throws IllegalArgumentException if it is not a list of known pairs
   */
  static Map<String, DkmsConf> parse(List<String> words) {
    Map<String, DkmsConf> answers = new HashMap<>();
    var draft = new Draft();
    for (int at = 0; at + 1 < words.size(); at += 2) {
      draft.set(words.get(at), words.get(at + 1));
      if (words.get(at).equals("certificate")) {
        answers.put(draft.value("kernel"), draft.finish());
        draft = new Draft();
      }
    }
    return answers;
  }

  /** One answer while it is read. */
  private static final class Draft {
    private final List<Product> products = new ArrayList<>();
    private final Map<String, String> values = new HashMap<>();

    void set(String key, String value) {
      switch (key) {
        case "strip" -> products.add(product(value));
        case "kernel",
            "autoinstall",
            "depends",
            "excluded",
            "name",
            "version",
            "module",
            "built",
            "sign_file",
            "key",
            "certificate" ->
            values.put(key, value);
        default -> throw new IllegalArgumentException("unknown key " + TextSanitizer.quoted(key));
      }
    }

    private Product product(String strip) {
      @Nullable String module = values.get("module");
      @Nullable String built = values.get("built");
      if (module == null || built == null || !ModuleName.isName(module)) {
        throw new IllegalArgumentException(
            "no usable module name: " + TextSanitizer.quoted(String.valueOf(module)));
      }
      boolean kept = strip.startsWith("n") || strip.startsWith("N");
      return new Product(module, usablePath(built), kept ? DebugInfo.KEPT : DebugInfo.STRIPPED);
    }

    DkmsConf finish() {
      return new DkmsConf(
          value("name"),
          value("version"),
          products,
          !value("autoinstall").isEmpty(),
          Arrays.stream(value("depends").split("\\s+", -1)).filter(w -> !w.isEmpty()).toList(),
          TextSanitizer.line(value("excluded"), MAX_REASON_LENGTH),
          new Signing(
              usablePath(value("sign_file")),
              usablePath(value("key")),
              usablePath(value("certificate"))));
    }

    private static String usablePath(String text) {
      if (!HostPaths.isPath(text)) {
        throw new IllegalArgumentException("no usable path: " + TextSanitizer.quoted(text));
      }
      return text;
    }

    private String value(String key) {
      return values.getOrDefault(key, "");
    }
  }
}
