package org.kmodkeeper.varlink;

import java.util.Map;

/**
 * A named set of methods.
 *
 * @param description the interface in Varlink's own definition language
 * @param methods by name, without the interface's: {@code Status}
 */
public record Interface(String name, String description, Map<String, Handler> methods) {
  public Interface {
    methods = Map.copyOf(methods);
  }
}
