package org.kmodkeeper.bootloader;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;

/**
 * What matters here of a {@code grub.cfg} as grub-mkconfig writes it: its menu, and where its
 * default comes from.
 *
 * @param items the top of the menu
 * @param usesBls whether the entries come from {@code /boot/loader/entries} as well
 * @param fixed what the default is when it is not saved in the environment block, or null if it is
 *     saved there
 */
record GrubConfig(List<Item> items, boolean usesBls, @Nullable String fixed) {
  private static final Pattern OPENING =
      Pattern.compile("(menuentry|submenu)\\s+(?:'((?:[^']|'\\\\'')*)'|\"([^\"]*)\")(.*)\\{");
  private static final Pattern ID =
      Pattern.compile("(?:\\$menuentry_id_option|--id)[ =](?:'([^']*)'|([^' ]+))");
  private static final Pattern LINUX =
      Pattern.compile("linux(?:16|efi)?\\s+(?:\\([^)]*\\))?(\\S+).*");
  private static final Pattern DEFAULT = Pattern.compile("set default=\"?([^\"]*)\"?");

  /** How many levels of submenus are followed; grub-mkconfig makes one. */
  private static final int DEEPEST = 8;

  /**
   * An entry, or a submenu with its own items.
   *
   * @param id what the configuration names it by, or null
   */
  record Item(@Nullable String id, String title, @Nullable Kernel kernel, List<Item> items) {
    boolean isNamed(String name) {
      return name.equals(id) || name.equals(title);
    }
  }

  /** A block that has been opened and not closed yet. */
  private static final class Block {
    final boolean shown;
    final @Nullable String id;
    final String title;
    final List<Item> items = new ArrayList<>();
    @Nullable Kernel kernel;

    Block(boolean shown, @Nullable String id, String title) {
      this.shown = shown;
      this.id = id;
      this.title = title;
    }
  }

  static GrubConfig read(Path file) throws IOException {
    return parse(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
  }

  /** Whether it has entries, of its own or in files; else it only leads to another one. */
  boolean hasMenu() {
    return usesBls || !items.isEmpty();
  }

  private static GrubConfig parse(String text) {
    Deque<Block> open = new ArrayDeque<>();
    var top = new Block(false, null, "");
    open.push(top);
    boolean usesBls = false;
    boolean saved = false;
    @Nullable String fixed = null;
    for (String raw : text.split("\n", -1)) {
      String line = raw.strip();
      Matcher opening = OPENING.matcher(line);
      Matcher linux = LINUX.matcher(line);
      Matcher setting = DEFAULT.matcher(line);
      if (opening.matches() && open.size() <= DEEPEST) {
        open.push(new Block(true, id(opening.group(4)), title(opening)));
      } else if (line.endsWith("{")) {
        open.push(new Block(false, null, ""));
      } else if (line.equals("}") && open.size() > 1) {
        close(open);
      } else if (linux.matches()) {
        open.element().kernel = kernel(linux.group(1)).orElse(null);
      } else if (line.equals("blscfg")) {
        usesBls = true;
      } else if (setting.matches() && open.size() == 1) {
        saved |= setting.group(1).equals("${saved_entry}");
        fixed = setting.group(1).startsWith("${") ? fixed : setting.group(1);
      }
    }
    return new GrubConfig(top.items, usesBls, saved ? null : fixed == null ? "0" : fixed);
  }

  private static void close(Deque<Block> open) {
    Block done = open.pop();
    if (done.shown) {
      open.element().items.add(new Item(done.id, done.title, done.kernel, List.copyOf(done.items)));
    }
  }

  private static String title(Matcher opening) {
    return opening.group(2) == null ? opening.group(3) : opening.group(2).replace("'\\''", "'");
  }

  private static @Nullable String id(String options) {
    Matcher found = ID.matcher(options);
    if (!found.find()) {
      return null;
    }
    return found.group(1) == null ? found.group(2) : found.group(1);
  }

  /** The release in the name of a kernel's image: {@code /boot/vmlinuz-<release>}. */
  static Optional<Kernel> kernel(String image) {
    @Nullable Path name = Path.of(image.startsWith("/") ? image : "/" + image).getFileName();
    String release =
        name != null && name.toString().startsWith("vmlinuz-")
            ? name.toString().substring("vmlinuz-".length())
            : "";
    return Kernel.isRelease(release) ? Optional.of(new Kernel(release)) : Optional.empty();
  }
}
