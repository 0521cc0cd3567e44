package org.kmodkeeper.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.kmodkeeper.report.Terminal.Colour;
import org.kmodkeeper.text.TextSanitizer;

/** Writes a page of HTML that is also well-formed XML and loads nothing from elsewhere. */
final class HtmlWriter {
  private final XMLStreamWriter page;

  private HtmlWriter(XMLStreamWriter page) {
    this.page = page;
  }

  /** What is in a page. */
  interface Content {
    void into(HtmlWriter page) throws XMLStreamException;
  }

  static String page(Content content) {
    var text = new StringWriter();
    try {
      write(text, content);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return text.toString();
  }

  static void write(Writer out, Content content) throws IOException {
    try {
      XMLStreamWriter page = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out);
      page.writeDTD("<!DOCTYPE html>\n");
      content.into(new HtmlWriter(page));
      page.writeEndDocument();
      page.writeCharacters("\n");
      page.close();
    } catch (XMLStreamException failed) {
      if (failed.getNestedException() instanceof IOException unwritable) {
        throw unwritable;
      }
      throw new IllegalStateException(failed);
    }
  }

  /** Writes the head, and begins what is shown. */
  void head(String title, String style, String scripts) throws XMLStreamException {
    open("html", "lang", "en").open("head");
    empty("meta", "charset", "utf-8");
    // Should anything get through that is not text, no browser runs it.
    empty(
        "meta",
        "http-equiv",
        "Content-Security-Policy",
        "content",
        "default-src 'none'; style-src 'unsafe-inline'" + scripts);
    empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    empty("meta", "name", "color-scheme", "content", "light dark");
    element("title", title);
    element("style", style);
    close().open("body").open("main");
  }

  /** A file beside this class, on one line. */
  static String resource(String name) {
    try (InputStream stream = HtmlWriter.class.getResourceAsStream(name)) {
      byte[] text = Objects.requireNonNull(stream, name).readAllBytes();
      return new String(text, StandardCharsets.UTF_8).lines().collect(Collectors.joining(" "));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Begins an element; the attributes are names and values in turn. */
  HtmlWriter open(String element, String... attributes) throws XMLStreamException {
    page.writeStartElement(element);
    return attributes(attributes);
  }

  /** Ends the element that was begun last. */
  HtmlWriter close() throws XMLStreamException {
    page.writeEndElement();
    page.writeCharacters("\n");
    return this;
  }

  HtmlWriter element(String element, String text, String... attributes) throws XMLStreamException {
    return open(element, attributes).text(text).close();
  }

  /** An element that has no content and no end. */
  void empty(String element, String... attributes) throws XMLStreamException {
    page.writeEmptyElement(element);
    attributes(attributes);
  }

  private HtmlWriter attributes(String... attributes) throws XMLStreamException {
    for (int at = 0; at < attributes.length; at += 2) {
      page.writeAttribute(attributes[at], TextSanitizer.line(attributes[at + 1]));
    }
    return this;
  }

  HtmlWriter text(String text) throws XMLStreamException {
    page.writeCharacters(TextSanitizer.line(text));
    return this;
  }

  /** A colour as the style sheet names it. */
  static String tone(Colour colour) {
    return colour.name().toLowerCase(Locale.ROOT);
  }
}
