package org.kmodkeeper.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import org.kmodkeeper.text.TextSanitizer;

/**
 * A page of HTML that is also well-formed XML. Whatever text it is given stays text: nothing in it
 * can begin an element or end an attribute.
 */
final class Html {
  private final StringBuilder page = new StringBuilder("<!DOCTYPE html>\n");
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Begins an element.
   *
   * @param attributes names and values in turn
   */
  Html open(String element, String... attributes) {
    page.append('<').append(element);
    for (int at = 0; at < attributes.length; at += 2) {
      page.append(' ').append(attributes[at]).append("=\"");
      escape(attributes[at + 1]);
      page.append('"');
    }
    page.append('>');
    open.push(element);
    return this;
  }

  /** Ends the element that was begun last. */
  Html close() {
    page.append("</").append(open.pop()).append(">\n");
    return this;
  }

  Html text(String text) {
    escape(text);
    return this;
  }

  /** An element with nothing but text in it. */
  Html element(String element, String text, String... attributes) {
    return open(element, attributes).text(text).close();
  }

  /** An element that has no content and no end. */
  Html empty(String element, String... attributes) {
    open(element, attributes);
    open.pop();
    page.insert(page.length() - 1, '/').append('\n');
    return this;
  }

  private void escape(String text) {
    TextSanitizer.line(text)
        .codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '<' -> page.append("&lt;");
                case '>' -> page.append("&gt;");
                case '&' -> page.append("&amp;");
                case '"' -> page.append("&quot;");
                default -> page.appendCodePoint(c);
              }
            });
  }

  /** The page; all elements have to be closed. */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("still open: " + open);
    }
    return page.toString();
  }
}
