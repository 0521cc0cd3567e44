package org.kmodkeeper.boot;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A {@code grub.cfg} as a tree of statements, by the grammar of GRUB's own shell
 * (grub-core/script/parser.y).
 */
final class GrubScript {
  /** How deep statements may lie in each other; grub-mkconfig goes to five. */
  private static final int MAX_DEPTH = 50;

  private static final Set<String> ENTRIES = Set.of("menuentry", "submenu", "hiddenentry");
  private static final Set<String> ENDS = Set.of("then", "elif", "else", "fi", "do", "done", "}");

  /** It breaks off, or is none that GRUB would run. */
  static final class Broken extends IOException {
    Broken(String what) {
      super(what);
    }
  }

  /** One statement. */
  sealed interface Statement permits SimpleCommand, MenuEntry, If, FunctionDefinition, While {}

  /** A command, or an assignment without {@code set}. */
  record SimpleCommand(List<Word> words) implements Statement {
    /** Its name, if that is written out. */
    String name() {
      return words.isEmpty() ? "" : words.get(0).literal().orElse("");
    }

    @Override
    public String toString() {
      return words.stream().map(Word::source).collect(Collectors.joining(" "));
    }
  }

  /** {@code menuentry} or {@code submenu} with what it has in braces. */
  record MenuEntry(SimpleCommand head, List<Statement> body) implements Statement {}

  /** {@code if}, each {@code elif}; and {@code else}, which may be empty. */
  record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

  /** What is done if the last statement of a condition succeeds. */
  record Branch(List<Statement> condition, List<Statement> body) {
    String source() {
      return condition.stream().map(Object::toString).collect(Collectors.joining("; "));
    }
  }

  /** Something to be called by its name. */
  record FunctionDefinition(String name, List<Statement> body) implements Statement {}

  /** {@code for}, {@code while} or {@code until}: done any number of times. */
  record While(SimpleCommand head, List<Statement> body) implements Statement {}

  /**
   * A word before its variables are replaced.
   *
   * @param source as it is written
   */
  record Word(String source, List<Part> parts) {
    /** Its text, if it has no variables. */
    Optional<String> literal() {
      return parts.stream().noneMatch(Part::variable)
          ? Optional.of(parts.stream().map(Part::text).collect(Collectors.joining()))
          : Optional.empty();
    }
  }

  /**
   * A piece of a word.
   *
   * @param text what it says, or the name of the variable
   * @param quoted whether the word is there even if this is empty
   */
  record Part(String text, boolean variable, boolean quoted) {}

  private final List<Word> tokens;
  private int at;
  private int depth;

  private GrubScript(List<Word> tokens) {
    this.tokens = tokens;
  }

  /**
   * Reads a script.
   *
   * @throws Broken if it ends prematurely, or is not a script
   */
  static List<Statement> parse(String text) throws Broken {
    var script = new GrubScript(new GrubLexer(text).words());
    List<Statement> statements = script.statements();
    if (script.at < script.tokens.size()) {
      throw new Broken("unexpected " + script.tokens.get(script.at).source());
    }
    return statements;
  }

  private List<Statement> statements() throws Broken {
    if (++depth > MAX_DEPTH) {
      throw new Broken("statements are nested more than " + MAX_DEPTH + " deep");
    }
    List<Statement> statements = new ArrayList<>();
    skipSeparators();
    while (at < tokens.size() && !ENDS.contains(tokens.get(at).source())) {
      statements.add(statement());
      skipSeparators();
    }
    depth--;
    return statements;
  }

  private Statement statement() throws Broken {
    String first = tokens.get(at).source();
    return switch (first) {
      case "if" -> choice();
      case "function" -> function();
      case "for", "while", "until" -> loop();
      default -> command();
    };
  }

  private Statement choice() throws Broken {
    List<Branch> branches = new ArrayList<>();
    do {
      at++;
      List<Statement> condition = statements();
      expect("then");
      branches.add(new Branch(condition, statements()));
    } while (isNext("elif"));
    List<Statement> otherwise = List.of();
    if (isNext("else")) {
      at++;
      otherwise = statements();
    }
    expect("fi");
    return new If(branches, otherwise);
  }

  private Statement function() throws Broken {
    at++;
    String name = at < tokens.size() ? tokens.get(at++).source() : "";
    skipSeparators();
    return new FunctionDefinition(name, block());
  }

  private Statement loop() throws Broken {
    var head = new SimpleCommand(line());
    skipSeparators();
    expect("do");
    List<Statement> body = statements();
    expect("done");
    return new While(head, body);
  }

  private Statement command() throws Broken {
    var command = new SimpleCommand(line());
    return ENTRIES.contains(command.name()) && isNext("{")
        ? new MenuEntry(command, block())
        : command;
  }

  private List<Word> line() {
    List<Word> words = new ArrayList<>();
    while (at < tokens.size() && !isSeparator() && !isNext("{")) {
      words.add(tokens.get(at++));
    }
    return words;
  }

  private List<Statement> block() throws Broken {
    expect("{");
    List<Statement> body = statements();
    expect("}");
    return body;
  }

  private void skipSeparators() {
    while (at < tokens.size() && isSeparator()) {
      at++;
    }
  }

  private boolean isSeparator() {
    return tokens.get(at).parts().isEmpty();
  }

  private boolean isNext(String word) {
    return at < tokens.size() && tokens.get(at).source().equals(word);
  }

  private void expect(String word) throws Broken {
    if (!isNext(word)) {
      throw new Broken(
          "expected "
              + word
              + (at < tokens.size() ? " at " + tokens.get(at).source() : " at the end"));
    }
    at++;
  }
}
