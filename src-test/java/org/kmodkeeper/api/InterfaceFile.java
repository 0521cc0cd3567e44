package org.kmodkeeper.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The interface's definition, read as far as the tests need it. */
record InterfaceFile(String text) {
  static InterfaceFile read() throws IOException {
    return new InterfaceFile(
        Files.readString(
            Path.of("daemon/src/main/resources/org/kmodkeeper/api/org.kmodkeeper.varlink")));
  }

  Set<String> types() {
    return names("type");
  }

  Set<String> methods() {
    return names("method");
  }

  /** The fields of a type, or the parameters of a method or an error: its type by its name. */
  Map<String, String> fields(String kind, String name) {
    Matcher found =
        Pattern.compile("(?m)^" + kind + " " + name + " ?\\(([^)]*)\\)").matcher(definitions());
    if (!found.find()) {
      throw new AssertionError(kind + " " + name + " is not in the interface file");
    }
    Map<String, String> fields = new TreeMap<>();
    Arrays.stream(found.group(1).split(",", -1))
        .map(String::strip)
        .filter(field -> !field.isEmpty())
        .forEach(field -> fields.put(field.replaceAll(":.*", ""), field.replaceAll(".*: ", "")));
    return fields;
  }

  /** Each name that the interface defines, as often as it does: a type, a method or an error. */
  List<String> members() {
    return members("type|method|error").toList();
  }

  private Set<String> names(String kind) {
    return members(kind).collect(Collectors.toCollection(TreeSet::new));
  }

  private Stream<String> members(String kinds) {
    return Pattern.compile("(?m)^(?:" + kinds + ") (\\w+)")
        .matcher(definitions())
        .results()
        .map(found -> found.group(1));
  }

  private String definitions() {
    return text.replaceAll("(?m)^#.*", "");
  }
}
