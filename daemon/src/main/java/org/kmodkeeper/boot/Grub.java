package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.boot.GrubMenu.Naming;
import org.kmodkeeper.boot.GrubScript.Statement;
import org.kmodkeeper.process.CommandRunner;

/** GRUB 2, whose default is {@code saved_entry} in its environment block. */
final class Grub {
  /** What it is called in messages. */
  static final String NAME = "GRUB";

  private static final String SAVED = "saved_entry";
  private static final String ONCE = "next_entry";

  /** An entry that is nowhere, to see whether a saved one counts. */
  private static final String PROBE = "kmodkeeper: is the saved entry the default?";

  private static final Pattern MENU = Pattern.compile("(?m)^\\s*(menuentry|submenu|blscfg)\\b");
  private static final Pattern BLSCFG = Pattern.compile("(?m)^\\s*blscfg\\b");

  private final Path config;
  private final GrubEnvironment environment;
  private final Path blsEntries;
  private final Naming naming;

  /**
   * @param naming by what an entry of grub.cfg is set: EL 7's grubby understands titles only
   */
  Grub(Path config, Path blsEntries, Naming naming, CommandRunner runner) {
    this.config = config;
    this.environment = new GrubEnvironment(config.resolveSibling("grubenv"), runner);
    this.blsEntries = blsEntries;
    this.naming = naming;
  }

  /** Whether that grub.cfg has its own menu; otherwise it only includes another one. */
  static boolean hasMenu(Path config) throws IOException {
    return MENU.matcher(GrubRun.text(config)).find();
  }

  private static List<Statement> script(Path config) throws IOException {
    try {
      return GrubScript.parse(GrubRun.text(config));
    } catch (GrubScript.Broken broken) {
      throw new IOException(config + ": " + broken.getMessage(), broken);
    }
  }

  /** The files that all it would do depends on. */
  List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>(List.of(config, environment.file(), blsEntries));
    for (String sourced : List.of("custom.cfg", "user.cfg")) {
      files.add(config.resolveSibling(sourced));
    }
    files.addAll(BlsEntries.files(blsEntries));
    return files;
  }

  /**
   * Reads what it would do.
   *
   * @throws IOException if that cannot be read
   */
  BootMenu read() throws IOException, InterruptedException {
    List<Statement> script = script(config);
    Map<String, String> block = environment.exists() ? environment.read() : Map.of();
    List<BootMenu> menus = new ArrayList<>();
    for (List<BootEntry> order : BlsEntries.orders(blsEntries)) {
      menus.add(read(script, block, order));
    }
    BootMenu menu = menus.get(0);
    Set<List<@Nullable BootEntry>> ends = new HashSet<>();
    menus.forEach(each -> ends.add(Arrays.asList(each.usual(), each.once())));
    return ends.size() == 1
        ? menu
        : new BootMenu(
            menu.entries(),
            menu.setting(),
            null,
            null,
            "GRUB's versions sort " + blsEntries + " differently, and no entry is saved by name",
            menu.obstacle());
  }

  private BootMenu read(List<Statement> script, Map<String, String> block, List<BootEntry> blsOrder)
      throws IOException {
    // Entries in files are known to grubby by their ids.
    Naming by = BLSCFG.matcher(GrubRun.text(config)).find() ? Naming.ID : naming;
    String once = block.getOrDefault(ONCE, "");
    Map<String, String> lasting = new HashMap<>(block);
    lasting.remove(ONCE);
    GrubMenu usual = run(script, lasting, blsOrder);
    GrubMenu.Choice byDefault = usual.choice(by);
    boolean isWish = !once.isEmpty();
    GrubMenu.Choice next = isWish ? run(script, block, blsOrder).choice(by) : byDefault;
    lasting.put(SAVED, PROBE);
    GrubValue probed = run(script, lasting, blsOrder).preset();
    String doubt = next.doubt().isEmpty() ? byDefault.doubt() : next.doubt();
    return new BootMenu(
        usual.entries(by),
        block.getOrDefault(SAVED, ""),
        byDefault.entry(),
        isWish && doubt.isEmpty() ? next.entry() : null,
        doubt.isEmpty() ? null : "only GRUB decides at boot: " + doubt,
        obstacle(probed));
  }

  private @Nullable String obstacle(GrubValue probed) {
    if (!environment.exists()) {
      return "GRUB has no environment block next to " + config;
    }
    @Nullable String text = probed.text();
    if (text == null) {
      return "not only the saved entry decides what boots next: " + probed.doubt();
    }
    return text.equals(PROBE)
        ? null
        : config + " has a fixed default; set GRUB_DEFAULT=saved and run grub2-mkconfig";
  }

  private GrubMenu run(List<Statement> script, Map<String, String> block, List<BootEntry> blsOrder)
      throws IOException {
    try {
      Path directory = config.toAbsolutePath().getParent();
      return new GrubRun(Objects.requireNonNull(directory), block, blsOrder).run(script);
    } catch (GrubScript.Broken broken) {
      throw new IOException(config + ": " + broken.getMessage(), broken);
    }
  }

  /**
   * Sets its default; what was set before is whole until the new setting is.
   *
   * @param setting the {@link BootEntry#id} of an entry, or what {@link BootMenu#setting} was
   * @throws IOException if it could not be set; the old setting stands
   */
  void set(String setting) throws IOException, InterruptedException {
    environment.set(SAVED, setting);
  }
}
