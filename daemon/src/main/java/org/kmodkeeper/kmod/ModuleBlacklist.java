package org.kmodkeeper.kmod;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The modules that a kernel's command line keeps from being loaded.
 *
 * @param place where that command line stands, for people
 * @param refused what the kernel refuses to load at all: {@code module_blacklist=}, blacklisted()
 *     of kernel/module/main.c
 * @param withheld what modprobe does not load for a device: {@code modprobe.blacklist=}
 */
public record ModuleBlacklist(String place, List<String> refused, List<String> withheld) {
  private static final String REFUSED = "module_blacklist=";
  private static final String WITHHELD = "modprobe.blacklist=";

  /** Like the kernel, takes - for _ in the parameter's name. */
  private static final Pattern REFUSED_WORD = word("module[_-]blacklist=");

  private static final Pattern WITHHELD_WORD = word("modprobe\\.blacklist=");

  public ModuleBlacklist {
    refused = List.copyOf(refused);
    withheld = List.copyOf(withheld);
  }

  private static Pattern word(String parameter) {
    return Pattern.compile("(?<!\\S)\"?" + parameter + "\"?([^\\s\"]*)");
  }

  /** Reads a command line. Of the kernel's words the last counts, of modprobe's all do. */
  public static ModuleBlacklist of(String place, String options) {
    // What follows is for init, and modprobe reads on.
    List<String> refused = values(REFUSED_WORD, options.split(" -- ", 2)[0]);
    List<String> withheld = new ArrayList<>();
    for (String value : values(WITHHELD_WORD, options)) {
      names(value).map(ModuleName::canonical).forEach(withheld::add);
    }
    return new ModuleBlacklist(
        place,
        refused.isEmpty() ? List.of() : names(refused.get(refused.size() - 1)).toList(),
        withheld);
  }

  private static List<String> values(Pattern word, String options) {
    List<String> values = new ArrayList<>();
    Matcher found = word.matcher(options);
    while (found.find()) {
      values.add(found.group(1));
    }
    return values;
  }

  private static Stream<String> names(String value) {
    return Pattern.compile(",").splitAsStream(value).filter(name -> !name.isEmpty());
  }

  private boolean refuses(String module) {
    return refused.contains(ModuleName.canonical(module));
  }

  /** Whether modprobe does not load the module for its device. */
  public boolean withholds(String module) {
    return withheld.contains(ModuleName.canonical(module));
  }

  /** The words that name the module, each with where it stands. */
  public List<String> naming(String module) {
    List<String> words = new ArrayList<>();
    if (refuses(module)) {
      words.add(place + ": " + refusal());
    }
    if (withholds(module)) {
      words.add(place + ": " + withholding());
    }
    return words;
  }

  private String refusal() {
    return REFUSED + String.join(",", refused);
  }

  private String withholding() {
    return WITHHELD + String.join(",", withheld);
  }

  /**
   * Why a module would not be loaded: the kernel refuses it, or one that it needs, or modprobe
   * leaves it.
   *
   * @param chain the files that modprobe would load for it, in order
   */
  public Optional<String> trouble(String module, List<Path> chain) {
    Optional<String> one = chain.stream().map(ModuleName::stem).filter(this::refuses).findFirst();
    if (one.isPresent()) {
      String name = ModuleName.canonical(one.get());
      return Optional.of("the kernel refuses " + name + ": " + refusal() + " in " + place);
    }
    return withholds(module)
        ? Optional.of(module + " is not loaded for its device: " + withholding() + " in " + place)
        : Optional.empty();
  }
}
