package org.kmodkeeper.boot;

import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.boot.GrubScript.Part;
import org.kmodkeeper.boot.GrubScript.Word;

/**
 * Cuts a script of GRUB's into words, by the rules of grub-core/script/yylex.l. The end of a
 * command is a word without parts.
 */
final class GrubLexer {
  private static final Word SEPARATOR = new Word(";", List.of());

  private final String text;
  private final List<Word> words = new ArrayList<>();
  private List<Part> parts = new ArrayList<>();
  private int begin;
  private int at;

  GrubLexer(String text) {
    this.text = text;
  }

  List<Word> words() {
    while (at < text.length()) {
      char next = text.charAt(at);
      if (parts.isEmpty()) {
        begin = at;
      }
      if (next == '#' && parts.isEmpty()) {
        at = end('\n');
      } else if (Character.isWhitespace(next) || next == ';') {
        end();
        if (next == '\n' || next == ';') {
          words.add(SEPARATOR);
        }
        at++;
      } else if ((next == '{' || next == '}') && parts.isEmpty()) {
        parts.add(new Part(String.valueOf(next), false, false));
        at++;
        end();
      } else {
        piece(next);
      }
    }
    end();
    return words;
  }

  private void piece(char next) {
    switch (next) {
      case '\'' -> {
        int close = end('\'', at + 1);
        parts.add(new Part(text.substring(at + 1, close), false, true));
        at = Math.min(close + 1, text.length());
      }
      case '"' -> quoted();
      case '$' -> variable(false);
      case '\\' -> escape(false);
      default -> {
        int from = at;
        while (at < text.length() && " \t\r\n;'\"$\\".indexOf(text.charAt(at)) < 0) {
          at++;
        }
        parts.add(new Part(text.substring(from, at), false, false));
      }
    }
  }

  private void quoted() {
    at++;
    parts.add(new Part("", false, true));
    while (at < text.length() && text.charAt(at) != '"') {
      char next = text.charAt(at);
      if (next == '$') {
        variable(true);
      } else if (next == '\\') {
        escape(true);
      } else {
        int from = at;
        while (at < text.length() && "\"$\\".indexOf(text.charAt(at)) < 0) {
          at++;
        }
        parts.add(new Part(text.substring(from, at), false, true));
      }
    }
    at++;
  }

  /** {@code $name}, <code>${name}</code>, {@code $1}, {@code $?}; else the sign itself. */
  private void variable(boolean quoted) {
    int from = at + 1;
    int close = from;
    if (text.startsWith("{", from)) {
      close = end('}', ++from);
      at = Math.min(close + 1, text.length());
    } else if (from < text.length() && "?#@*".indexOf(text.charAt(from)) >= 0) {
      close = from + 1;
      at = close;
    } else {
      while (close < text.length()
          && (Character.isLetterOrDigit(text.charAt(close)) || text.charAt(close) == '_')) {
        close++;
      }
      at = close;
    }
    String name = text.substring(Math.min(from, close), close);
    parts.add(name.isEmpty() ? new Part("$", false, quoted) : new Part(name, true, quoted));
  }

  private void escape(boolean quoted) {
    if (at + 1 < text.length() && text.charAt(at + 1) != '\n') {
      boolean kept = quoted && "$\"\\".indexOf(text.charAt(at + 1)) < 0;
      parts.add(new Part(text.substring(kept ? at : at + 1, at + 2), false, true));
    }
    at += 2;
  }

  private void end() {
    if (!parts.isEmpty()) {
      words.add(new Word(text.substring(begin, Math.min(at, text.length())), List.copyOf(parts)));
      parts = new ArrayList<>();
    }
  }

  private int end(char mark) {
    return end(mark, at);
  }

  private int end(char mark, int from) {
    int found = text.indexOf(mark, from);
    return found < 0 ? text.length() : found;
  }
}
