package org.kmodkeeper.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;

/**
 * The menu that GRUB shows at the next boot.
 *
 * <p>An entry is named by its id, its title or its number; in submenus by {@code outer>inner}. What
 * names no entry stands for the first one, as in GRUB itself (grub-core/normal/menu.c). Of entries
 * with the same name GRUB takes the first; EL 7's grubby gives each new entry the id of the one
 * that it has copied.
 *
 * @param preset what its variable {@code default} says
 */
record GrubMenu(List<Item> items, GrubValue preset) {
  /** By what an entry is called, where it can be called by either. */
  enum Naming {
    ID,
    TITLE
  }

  /**
   * An entry, or a submenu with its own items.
   *
   * @param id what the configuration names it by, or null
   * @param condition what it is shown on, if only that boot can decide it; else empty
   */
  record Item(
      @Nullable String id,
      String title,
      @Nullable Kernel kernel,
      String options,
      List<Item> items,
      String condition) {
    /** Whatever a command may add here, of which nothing is known: it counts for numbers. */
    static Item unseen(String command) {
      return new Item(null, "", null, "", List.of(), command);
    }

    boolean isUnseen() {
      return id == null && title.isEmpty();
    }

    boolean isNamed(String name) {
      return !isUnseen() && (name.equals(id) || name.equals(title));
    }

    Item perhaps(String when) {
      return new Item(id, title, kernel, options, items, condition.isEmpty() ? when : condition);
    }
  }

  /**
   * What a name leads to.
   *
   * @param entry null if it leads nowhere, or that is not known
   * @param doubt why it is not known; empty if it is
   */
  record Choice(@Nullable BootEntry entry, String doubt) {
    private static final Choice NONE = new Choice(null, "");
  }

  /** All that it boots; a submenu cannot be booted, GRUB takes one of its entries. */
  List<BootEntry> entries(Naming naming) {
    List<BootEntry> entries = new ArrayList<>();
    flatten(items, "", naming, entries);
    return entries;
  }

  private static void flatten(List<Item> items, String outer, Naming naming, List<BootEntry> into) {
    for (int at = 0; at < items.size(); at++) {
      Item item = items.get(at);
      String name = name(items, at, naming);
      boolean isAmbiguous =
          isNumber(name) && items.subList(0, at).stream().anyMatch(Item::isUnseen);
      if (item.isUnseen() || isAmbiguous) {
        continue;
      }
      String full = outer + name;
      if (item.items().isEmpty()) {
        into.add(new BootEntry(full, item.title(), item.kernel(), item.options()));
      } else {
        flatten(item.items(), full + ">", naming, into);
      }
    }
  }

  /** What boots without anyone at the keyboard. */
  Choice choice(Naming naming) {
    @Nullable String name = preset.text();
    if (name == null) {
      return new Choice(null, preset.doubt());
    }
    Choice named = find(items, name, "", naming);
    return named.equals(Choice.NONE) ? find(items, "0", "", naming) : named;
  }

  private static Choice find(List<Item> items, String name, String outer, Naming naming) {
    int inner = name.indexOf('>');
    int at = position(items, outermost(name));
    if (at < 0) {
      return Choice.NONE;
    }
    // A number counts what is shown before it; a name stands for itself.
    for (Item shown : items.subList(isNumber(outermost(name)) ? 0 : at, at + 1)) {
      if (!shown.condition().isEmpty()) {
        return new Choice(null, shown.condition());
      }
    }
    Item item = items.get(at);
    String full = outer + name(items, at, naming);
    if (inner >= 0) {
      return find(item.items(), name.substring(inner + 1), full + ">", naming);
    }
    return item.items().isEmpty()
        ? new Choice(new BootEntry(full, item.title(), item.kernel(), item.options()), "")
        : find(item.items(), "0", full + ">", naming);
  }

  /** Where the item is that GRUB takes for that name: a number counts before ids and titles. */
  private static int position(List<Item> items, String name) {
    for (int at = 0; at < items.size(); at++) {
      if (isNumber(name) ? name.equals(Integer.toString(at)) : items.get(at).isNamed(name)) {
        return at;
      }
    }
    return -1;
  }

  private static String outermost(String name) {
    int inner = name.indexOf('>');
    return inner < 0 ? name : name.substring(0, inner);
  }

  private static boolean isNumber(String name) {
    return name.matches("\\d+");
  }

  /** The first of an item's names and its number by which GRUB finds it, and not another one. */
  private static String name(List<Item> items, int at, Naming naming) {
    Item item = items.get(at);
    Optional<String> id = Optional.ofNullable(item.id());
    Optional<String> title = Optional.of(item.title());
    Stream<Optional<String>> names =
        naming == Naming.ID ? Stream.of(id, title) : Stream.of(title, id);
    return names
        .flatMap(Optional::stream)
        .filter(name -> !name.contains(">") && position(items, name) == at)
        .findFirst()
        .orElse(Integer.toString(at));
  }
}
