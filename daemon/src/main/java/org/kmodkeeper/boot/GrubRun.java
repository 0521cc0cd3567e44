package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.boot.GrubCondition.Truth;
import org.kmodkeeper.boot.GrubScript.Branch;
import org.kmodkeeper.boot.GrubScript.FunctionDefinition;
import org.kmodkeeper.boot.GrubScript.If;
import org.kmodkeeper.boot.GrubScript.MenuEntry;
import org.kmodkeeper.boot.GrubScript.SimpleCommand;
import org.kmodkeeper.boot.GrubScript.Statement;
import org.kmodkeeper.boot.GrubScript.While;
import org.kmodkeeper.host.HostPaths;

/**
 * Runs a {@code grub.cfg} as GRUB will at the next boot, up to the menu.
 *
 * <p>A condition that only that boot can decide is followed both ways: what comes out alike is
 * known, all else is not, and says which condition it hangs on.
 */
final class GrubRun {
  private static final int MAX_STEPS = 20_000;

  /** GRUB's own files nest some ten deep; a thread of the daemon has 256 KiB of stack. */
  private static final int MAX_DEPTH = 60;

  /**
   * Boots are being counted while these are set and 0: what runs now may change them until then.
   */
  private static final String COUNTER = "boot_counter";

  private static final String SUCCESS = "boot_success";

  private static final Set<String> OF_DIRECTORY = Set.of("prefix", "config_directory");

  private final Path directory;
  private final Map<String, String> block;
  private final List<BootEntry> files;
  private final Map<String, List<Statement>> functions = new HashMap<>();

  private GrubVariables variables = new GrubVariables();
  private List<GrubMenu.Item> items = new ArrayList<>();
  private int steps;
  private int depth;

  /**
   * @param directory where the script and the environment block are
   * @param block what that holds
   * @param files the entries that {@code blscfg} shows
   */
  GrubRun(Path directory, Map<String, String> block, List<BootEntry> files) {
    this.directory = directory.normalize();
    this.block = block;
    this.files = files;
    OF_DIRECTORY.forEach(name -> variables.set(name, GrubValue.of(this.directory.toString())));
  }

  /**
   * Runs the script.
   *
   * @throws IOException if it cannot be read or understood
   */
  GrubMenu run(List<Statement> script) throws IOException {
    perform(script);
    return new GrubMenu(List.copyOf(items), variables.get("default"));
  }

  private Truth perform(List<Statement> statements) throws IOException {
    if (++depth > MAX_DEPTH) {
      throw new GrubScript.Broken("nested deeper than " + MAX_DEPTH);
    }
    Truth last = Truth.TRUE;
    for (Statement statement : statements) {
      last = perform(statement);
    }
    depth--;
    return last;
  }

  private Truth perform(Statement statement) throws IOException {
    if (++steps > MAX_STEPS) {
      throw new GrubScript.Broken("takes more than " + MAX_STEPS + " steps");
    }
    if (statement instanceof SimpleCommand command) {
      return command(command);
    }
    if (statement instanceof If choice) {
      choose(choice.branches(), choice.otherwise());
    } else if (statement instanceof MenuEntry entry) {
      items.add(item(entry));
    } else if (statement instanceof FunctionDefinition function) {
      functions.put(function.name(), function.body());
    } else if (statement instanceof While loop) {
      perhaps(loop.head().toString(), loop.body(), List.of());
    }
    return Truth.TRUE;
  }

  private void choose(List<Branch> branches, List<Statement> otherwise) throws IOException {
    if (branches.isEmpty()) {
      perform(otherwise);
      return;
    }
    Branch first = branches.get(0);
    List<Statement> rest = List.of(new If(branches.subList(1, branches.size()), otherwise));
    switch (perform(first.condition())) {
      case TRUE -> perform(first.body());
      case FALSE -> perform(rest);
      case UNKNOWN -> perhaps("if " + first.source(), first.body(), rest);
    }
  }

  /** One or the other is done. */
  private void perhaps(String condition, List<Statement> one, List<Statement> other)
      throws IOException {
    GrubVariables before = variables;
    List<GrubMenu.Item> added = aside(before, one);
    GrubVariables after = variables;
    added.addAll(aside(before, other));
    added.forEach(item -> items.add(item.perhaps(condition)));
    variables.forgetWhereUnlike(after, condition);
  }

  /** Runs statements with a copy of these variables; returns what they would add to the menu. */
  private List<GrubMenu.Item> aside(GrubVariables known, List<Statement> body) throws IOException {
    List<GrubMenu.Item> shown = items;
    variables = known.copy();
    items = new ArrayList<>();
    perform(body);
    List<GrubMenu.Item> added = items;
    items = shown;
    return added;
  }

  private Truth command(SimpleCommand command) throws IOException {
    List<GrubValue> words = variables.expand(command.words());
    @Nullable String name = words.isEmpty() ? "true" : words.get(0).text();
    if (name == null) {
      return otherScript(command.toString());
    }
    List<GrubValue> arguments = words.isEmpty() ? words : words.subList(1, words.size());
    return switch (name) {
      case "[" -> condition(arguments.subList(0, Math.max(0, arguments.size() - 1)));
      case "test" -> condition(arguments);
      case "!" ->
          command(new SimpleCommand(command.words().subList(1, command.words().size()))).not();
      case "true" -> Truth.TRUE;
      case "false" -> Truth.FALSE;
      case "set" -> {
        arguments.forEach(this::assign);
        yield Truth.TRUE;
      }
      case "unset" -> {
        known(arguments).forEach(variable -> variables.set(variable, GrubValue.UNSET));
        yield Truth.TRUE;
      }
      case "load_env" -> load(known(arguments).toList());
      case "source", "." -> source(command, known(arguments).findFirst().orElse(""));
      case "blscfg", "bls_import" -> {
        files.forEach(file -> items.add(item(file)));
        yield Truth.UNKNOWN;
      }
      case "configfile", "normal", "eval", "extract_entries_source" ->
          otherScript(command.toString());
      default ->
          functions.containsKey(name)
              ? perform(functions.get(name))
              : other(command, name, words, arguments);
    };
  }

  private Truth other(
      SimpleCommand command, String name, List<GrubValue> words, List<GrubValue> arguments) {
    if (name.indexOf('=') > 0) {
      words.forEach(this::assign);
      return Truth.TRUE;
    }
    // What a command finds out about the machine, it puts into a variable.
    List<String> texts = known(arguments).toList();
    for (int each = 0; each < texts.size(); each++) {
      String text = texts.get(each);
      if (text.startsWith("--set=")) {
        forget(text.substring("--set=".length()), command);
      } else if ((text.equals("--set") || text.equals("-s")) && each + 1 < texts.size()) {
        forget(texts.get(each + 1), command);
      }
    }
    if (Set.of("increment", "decrement", "read").contains(name)) {
      texts.forEach(variable -> forget(variable, command));
    }
    return Truth.UNKNOWN;
  }

  private void forget(String name, SimpleCommand command) {
    variables.set(name.replaceFirst("^\\d+:", ""), GrubValue.unknown(command.toString()));
  }

  /** What it does cannot be seen from here: it may set any variable. */
  private Truth anything(String command) {
    variables.forgetAll(command);
    return Truth.UNKNOWN;
  }

  /** It may also add to the menu. */
  private Truth otherScript(String command) {
    items.add(GrubMenu.Item.unseen(command));
    return anything(command);
  }

  private Truth condition(List<GrubValue> arguments) throws IOException {
    return new GrubCondition(directory).evaluate(arguments);
  }

  private void assign(GrubValue assignment) {
    @Nullable String text = assignment.text();
    if (text != null && text.indexOf('=') > 0) {
      String name = text.substring(0, text.indexOf('='));
      variables.set(name, GrubValue.of(text.substring(text.indexOf('=') + 1)));
    } else if (text == null) {
      // Its name is before the unknown part, or is that itself.
      assignment
          .name()
          .ifPresentOrElse(
              name -> variables.set(name, GrubValue.unknown(assignment.doubt())),
              () -> anything(assignment.doubt()));
    }
  }

  /** The block, or of it the variables that are named; another file is not read. */
  private Truth load(List<String> arguments) {
    int option = Math.max(arguments.indexOf("-f"), arguments.indexOf("--file"));
    String file = directory.resolve("grubenv").toString();
    if (option >= 0 && option + 1 < arguments.size()) {
      file = arguments.get(option + 1);
    }
    if (!HostPaths.isPath(file)
        || !Path.of(file).normalize().equals(directory.resolve("grubenv"))) {
      return anything("load_env of " + file);
    }
    List<String> names =
        arguments.stream().filter(name -> !name.startsWith("-") && !name.contains("/")).toList();
    boolean counting = !block.getOrDefault(COUNTER, "").isEmpty() && "0".equals(block.get(SUCCESS));
    block.forEach(
        (name, value) -> {
          if (names.isEmpty() || names.contains(name)) {
            boolean counted = counting && (name.equals(COUNTER) || name.equals(SUCCESS));
            variables.set(name, counted ? GrubValue.unknown("$" + name) : GrubValue.of(value));
          }
        });
    return Truth.TRUE;
  }

  private Truth source(SimpleCommand command, String name) throws IOException {
    if (!HostPaths.isPath(name) || !Path.of(name).normalize().startsWith(directory)) {
      return otherScript(command.toString());
    }
    Path file = Path.of(name).normalize();
    return Files.isRegularFile(file) ? perform(GrubScript.parse(text(file))) : Truth.FALSE;
  }

  static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
  }

  private GrubMenu.Item item(BootEntry file) {
    String options = GrubEntry.replaced(file.options(), variables::text);
    return new GrubMenu.Item(file.id(), file.title(), file.kernel(), options, List.of(), "");
  }

  private GrubMenu.Item item(MenuEntry entry) throws IOException {
    var read = new GrubEntry(entry, variables::text);
    return read.isSubmenu() ? read.submenu(inner(entry.body())) : read.entry();
  }

  /** What a submenu shows, which runs with a copy of the variables. */
  private List<GrubMenu.Item> inner(List<Statement> body) throws IOException {
    GrubVariables before = variables;
    List<GrubMenu.Item> inner = aside(before, body);
    variables = before;
    return inner;
  }

  private static Stream<String> known(List<GrubValue> values) {
    return values.stream().map(GrubValue::text).filter(Objects::nonNull);
  }
}
