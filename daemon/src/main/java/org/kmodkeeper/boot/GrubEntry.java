package org.kmodkeeper.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.boot.GrubScript.If;
import org.kmodkeeper.boot.GrubScript.MenuEntry;
import org.kmodkeeper.boot.GrubScript.SimpleCommand;
import org.kmodkeeper.boot.GrubScript.Statement;
import org.kmodkeeper.boot.GrubScript.Word;
import org.kmodkeeper.model.Kernel;

/** What {@code menuentry} and {@code submenu} of a {@code grub.cfg} say. */
final class GrubEntry {
  private static final Set<String> LINUX = Set.of("linux", "linux16", "linuxefi");
  private static final Set<String> WITH_VALUE =
      Set.of("--class", "--users", "--hotkey", "--source");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)}?");

  private final MenuEntry entry;
  private final UnaryOperator<String> variables;
  private @Nullable String id;
  private String title = "";

  /**
   * @param variables the value of each by its name
   */
  GrubEntry(MenuEntry entry, UnaryOperator<String> variables) {
    this.entry = entry;
    this.variables = variables;
    readHead();
  }

  private void readHead() {
    List<Word> words = entry.head().words();
    for (int at = 1; at < words.size(); at++) {
      String word = text(words.get(at));
      // The variable is what grub-mkconfig writes for --id, for the sake of GRUB 1.99.
      boolean named = words.get(at).source().matches("--id|\\$\\{?menuentry_id_option}?");
      if (named) {
        at++;
        id = at < words.size() ? text(words.get(at)) : null;
      } else if (word.startsWith("--id=")) {
        id = word.substring("--id=".length());
      } else if (WITH_VALUE.contains(word)) {
        at++;
      } else if (title.isEmpty() && !word.startsWith("--")) {
        title = word;
      }
    }
  }

  boolean isSubmenu() {
    return entry.head().name().equals("submenu");
  }

  GrubMenu.Item submenu(List<GrubMenu.Item> items) {
    return new GrubMenu.Item(id, title, null, "", items, "");
  }

  /** One whose commands name several kernels boots none that is known. */
  GrubMenu.Item entry() {
    List<SimpleCommand> linux = new ArrayList<>();
    collect(entry.body(), linux);
    List<Optional<Kernel>> kernels = linux.stream().map(this::kernel).distinct().toList();
    String options =
        linux.stream()
            .limit(1)
            .flatMap(command -> command.words().stream().skip(2))
            .map(this::text)
            .collect(Collectors.joining(" "));
    @Nullable Kernel kernel = kernels.size() == 1 ? kernels.get(0).orElse(null) : null;
    return new GrubMenu.Item(id, title, kernel, options, List.of(), "");
  }

  private static void collect(List<Statement> body, List<SimpleCommand> into) {
    for (Statement statement : body) {
      if (statement instanceof SimpleCommand command && LINUX.contains(command.name())) {
        into.add(command);
      } else if (statement instanceof If choice) {
        choice.branches().forEach(branch -> collect(branch.body(), into));
        collect(choice.otherwise(), into);
      }
    }
  }

  private Optional<Kernel> kernel(SimpleCommand linux) {
    return linux.words().size() > 1 ? kernel(text(linux.words().get(1))) : Optional.empty();
  }

  /** The release in the name of a kernel's image: {@code /boot/vmlinuz-<release>}. */
  static Optional<Kernel> kernel(String image) {
    String path = image.replaceFirst("^\\([^)]*\\)", "");
    String name = path.substring(path.lastIndexOf('/') + 1);
    String release = name.startsWith("vmlinuz-") ? name.substring("vmlinuz-".length()) : "";
    return Kernel.isRelease(release) ? Optional.of(new Kernel(release)) : Optional.empty();
  }

  /** The text with its variables replaced. */
  static String replaced(String text, UnaryOperator<String> variables) {
    return VARIABLE
        .matcher(text)
        .replaceAll(
            (MatchResult found) -> Matcher.quoteReplacement(variables.apply(found.group(1))))
        .strip();
  }

  private String text(Word word) {
    return word.parts().stream()
        .map(part -> part.variable() ? variables.apply(part.text()) : part.text())
        .collect(Collectors.joining());
  }
}
