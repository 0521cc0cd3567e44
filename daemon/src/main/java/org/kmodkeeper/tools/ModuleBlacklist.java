package org.kmodkeeper.tools;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Kernel;

/**
 * The modules that the running kernel refuses, whoever asks for them: {@code module_blacklist=} of
 * its command line, blacklisted() of kernel/module/main.c. It counts for that kernel alone.
 */
public final class ModuleBlacklist {
  /** Like the kernel, takes - for _ in the parameter's name. */
  private static final Pattern WORD =
      Pattern.compile("(?<!\\S)\"?module[_-]blacklist=\"?([^\\s\"]*)");

  private final HostPaths paths;

  public ModuleBlacklist(HostPaths paths) {
    this.paths = paths;
  }

  /** The word that names a module; empty if none does, or it is of another kernel. */
  public Optional<String> naming(Kernel kernel, String module) throws IOException {
    if (!new KernelInventory(paths).running().equals(Optional.of(kernel))
        || !Files.exists(paths.kernelCommandLine())) {
      return Optional.empty();
    }
    String line = Files.readString(paths.kernelCommandLine(), ISO_8859_1);
    // What follows is for init.
    Matcher word = WORD.matcher(line.split(" -- ", 2)[0]);
    String last = "";
    while (word.find()) {
      last = word.group(1);
    }
    return List.of(last.split(",", -1)).contains(ModuleName.canonical(module))
        ? Optional.of("module_blacklist=" + last)
        : Optional.empty();
  }

  /**
   * Why a module cannot be loaded: the kernel refuses it, or one that it needs.
   *
   * @param chain the files that modprobe would load, in order
   */
  public Optional<String> refusal(Kernel kernel, List<Path> chain) throws IOException {
    for (Path file : chain) {
      String module = ModuleName.stem(file);
      Optional<String> word = naming(kernel, module);
      if (word.isPresent()) {
        return Optional.of(
            "the running kernel refuses " + module + ": " + word.get() + " on its command line");
      }
    }
    return Optional.empty();
  }
}
