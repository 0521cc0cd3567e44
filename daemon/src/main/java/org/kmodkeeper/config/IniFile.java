package org.kmodkeeper.config;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.text.TextSanitizer;

/**
 * A file of sections and {@code key = value} lines, as dnf's are; {@code #} or {@code ;} begins a
 * comment line.
 */
record IniFile(Path file, List<Section> sections, List<Entry> entries) {
  /** Larger than any configuration; a wrong file is not read to its end. */
  private static final long MAX_BYTES = 1 << 20;

  /** Where a section begins, with its line number counted from 1. */
  public record Section(String name, int line) {}

  /** One setting, with its line number counted from 1. */
  record Entry(String section, String key, String value, int line) {}

  IniFile {
    sections = List.copyOf(sections);
    entries = List.copyOf(entries);
  }

  /** Reads a file; what is wrong with its form is added to the problems. */
  static IniFile read(Path file, Problems problems) {
    List<Section> sections = new ArrayList<>();
    List<Entry> entries = new ArrayList<>();
    List<String> lines = lines(file, problems);
    String section = "";
    for (int at = 0; at < lines.size(); at++) {
      int number = at + 1;
      String line = lines.get(at).strip();
      if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
        continue;
      }
      int equals = line.indexOf('=');
      if (line.startsWith("[") && line.endsWith("]")) {
        section = line.substring(1, line.length() - 1).strip();
        sections.add(new Section(section, number));
      } else if (equals > 0 && section.isEmpty()) {
        problems.add(file, number, "a setting before the first [section]");
      } else if (equals > 0) {
        String key = line.substring(0, equals).strip();
        entries.add(new Entry(section, key, line.substring(equals + 1).strip(), number));
      } else {
        problems.add(
            file,
            number,
            TextSanitizer.quoted(line) + ": expected [section], key = value or # comment");
      }
    }
    return new IniFile(file, sections, entries);
  }

  private static List<String> lines(Path file, Problems problems) {
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        problems.add(file, 1, "not a file");
        return List.of();
      }
      if (Files.size(file) > MAX_BYTES) {
        problems.add(file, 1, "larger than " + MAX_BYTES + " bytes, not a configuration file");
        return List.of();
      }
      return Files.readAllLines(file);
    } catch (MalformedInputException notText) {
      problems.add(file, 1, "not UTF-8 text");
    } catch (IOException unreadable) {
      problems.add(file, 1, "cannot be read: " + unreadable);
    }
    return List.of();
  }
}
