package org.kmodkeeper.varlink;

import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A named set of methods.
 *
 * @param description the interface in Varlink's own definition language
 * @param methods by name, without the interface's: {@code Status}
 */
public record Interface(String name, String description, Map<String, Handler> methods) {
  private static final Pattern PARAMETER = Pattern.compile("(\\w+)\\s*:");

  public Interface {
    methods = Map.copyOf(methods);
  }

  /** The names of a method's parameters, as the description has them. */
  Set<String> parameters(String method) {
    Matcher found =
        Pattern.compile("(?m)^method " + Pattern.quote(method) + "\\(([^)]*)\\)")
            .matcher(description);
    return found.find()
        ? PARAMETER
            .matcher(found.group(1))
            .results()
            .map(parameter -> parameter.group(1))
            .collect(Collectors.toUnmodifiableSet())
        : Set.of();
  }
}
