package org.kmodkeeper.bootloader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.process.CommandRunner;

/**
 * GRUB 2, whose default is {@code saved_entry} in its environment block.
 *
 * <p>An entry is named by its id, its title or its number; in submenus by {@code outer>inner}. What
 * names no entry stands for the first one, as in GRUB itself (grub-core/normal/menu.c). Of entries
 * with the same name GRUB takes the first; EL 7's grubby gives each new entry the id of the one
 * that it has copied.
 */
final class Grub implements BootLoader {
  private static final String SAVED = "saved_entry";
  private static final String ONCE = "next_entry";

  private final Path config;
  private final GrubEnvironment environment;
  private final Path blsEntries;

  Grub(Path config, Path environment, Path blsEntries, CommandRunner runner) {
    this.config = config;
    this.environment = new GrubEnvironment(environment, runner);
    this.blsEntries = blsEntries;
  }

  @Override
  public String name() {
    return "GRUB";
  }

  @Override
  public List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>(List.of(config, environment.file(), blsEntries));
    files.addAll(BlsEntries.files(blsEntries));
    return files;
  }

  @Override
  public BootMenu read() throws IOException, InterruptedException {
    GrubConfig parsed = GrubConfig.read(config);
    List<GrubConfig.Item> menu = new ArrayList<>();
    if (parsed.usesBls()) {
      for (BootEntry entry : BlsEntries.in(blsEntries)) {
        menu.add(new GrubConfig.Item(entry.id(), entry.title(), entry.kernel(), List.of()));
      }
    }
    menu.addAll(parsed.items());
    List<BootEntry> entries = new ArrayList<>();
    flatten(menu, "", entries);
    Map<String, String> variables = environment.exists() ? environment.read() : Map.of();
    String saved = variables.getOrDefault(SAVED, "");
    String once = variables.getOrDefault(ONCE, "");
    @Nullable String fixed = parsed.fixed();
    @Nullable String obstacle =
        fixed != null
            ? config + " has a fixed default; set GRUB_DEFAULT=saved and make it anew"
            : environment.exists() ? null : "GRUB has no environment block beside " + config;
    return new BootMenu(
        entries,
        saved,
        find(menu, fixed == null ? saved : fixed).or(() -> first(menu)).orElse(null),
        once.isEmpty() ? null : find(menu, once).orElse(null),
        obstacle);
  }

  @Override
  public void set(String setting) throws IOException, InterruptedException {
    environment.set(SAVED, setting);
  }

  private static void flatten(List<GrubConfig.Item> items, String outer, List<BootEntry> into) {
    for (int at = 0; at < items.size(); at++) {
      GrubConfig.Item item = items.get(at);
      String full = outer + name(items, at);
      if (item.items().isEmpty()) {
        into.add(new BootEntry(full, item.title(), item.kernel()));
      } else {
        flatten(item.items(), full + ">", into);
      }
    }
  }

  /** The first thing in the menu; a submenu cannot be booted, GRUB takes its first entry. */
  private static Optional<BootEntry> first(List<GrubConfig.Item> menu) {
    List<BootEntry> entries = new ArrayList<>();
    flatten(menu, "", entries);
    return entries.stream().findFirst();
  }

  private static Optional<BootEntry> find(List<GrubConfig.Item> items, String name) {
    return find(items, name, "");
  }

  private static Optional<BootEntry> find(List<GrubConfig.Item> items, String name, String outer) {
    int inner = name.indexOf('>');
    OptionalInt found = position(items, inner < 0 ? name : name.substring(0, inner));
    if (found.isEmpty()) {
      return Optional.empty();
    }
    int at = found.getAsInt();
    GrubConfig.Item item = items.get(at);
    String full = outer + name(items, at);
    if (inner >= 0) {
      return find(item.items(), name.substring(inner + 1), full + ">");
    }
    return item.items().isEmpty()
        ? Optional.of(new BootEntry(full, item.title(), item.kernel()))
        : find(item.items(), "0", full + ">");
  }

  /** Where the item is that GRUB takes for that name: a number counts before ids and titles. */
  private static OptionalInt position(List<GrubConfig.Item> items, String name) {
    IntStream all = IntStream.range(0, items.size());
    return name.matches("\\d+")
        ? all.filter(at -> name.equals(Integer.toString(at))).findFirst()
        : all.filter(at -> items.get(at).isNamed(name)).findFirst();
  }

  /** The first of an item's id, title and number by which GRUB finds it, and not another one. */
  private static String name(List<GrubConfig.Item> items, int at) {
    GrubConfig.Item item = items.get(at);
    return Stream.of(Optional.ofNullable(item.id()), Optional.of(item.title()))
        .flatMap(Optional::stream)
        .filter(name -> !name.contains(">") && position(items, name).equals(OptionalInt.of(at)))
        .findFirst()
        .orElse(Integer.toString(at));
  }
}
