package org.kmodkeeper.tools;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a dkms.conf says for one kernel.
 *
 * @param products the modules that a build makes; empty when there is no dkms.conf
 * @param signing where dkms was told to find its signing tools
 */
public record DkmsConf(List<Product> products, Signing signing) {
  /**
   * One module.
   *
   * @param module its name when installed
   * @param file where the build leaves it, relative to the build directory
   * @param debugInfo whether debugging sections are taken out: STRIP
   */
  public record Product(String module, String file, DebugInfo debugInfo) {}

  /** Whether debugging sections stay in a module. */
  public enum DebugInfo {
    STRIPPED,
    KEPT
  }

  /** Settings of dkms's framework.conf; each empty when not set. */
  public record Signing(String signFile, String key, String certificate) {}

  public DkmsConf {
    products = List.copyOf(products);
  }

  /**
   * Reads what {@code dkms-conf.bash describe} prints.
   *
   * @throws IllegalArgumentException if it is not a list of known pairs
   */
  static DkmsConf parse(String text) {
    String[] words = text.split("\0", -1);
    List<Product> products = new ArrayList<>();
    String signFile = "";
    String key = "";
    String certificate = "";
    @Nullable String module = null;
    @Nullable String built = null;
    for (int at = 0; at + 1 < words.length; at += 2) {
      String value = words[at + 1];
      switch (words[at]) {
        case "module" -> module = value;
        case "built" -> built = value;
        case "strip" -> products.add(product(module, built, value));
        case "sign_file" -> signFile = value;
        case "key" -> key = value;
        case "certificate" -> certificate = value;
        default -> throw new IllegalArgumentException("unknown key \"" + words[at] + '"');
      }
    }
    return new DkmsConf(products, new Signing(signFile, key, certificate));
  }

  private static Product product(@Nullable String module, @Nullable String built, String strip) {
    if (module == null || built == null) {
      throw new IllegalArgumentException("strip without a module");
    }
    boolean kept = strip.startsWith("n") || strip.startsWith("N");
    return new Product(module, built, kept ? DebugInfo.KEPT : DebugInfo.STRIPPED);
  }
}
