package org.kmodkeeper.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.api.History;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.report.EvidenceText.Fact;
import org.kmodkeeper.report.Terminal.Colour;
import org.kmodkeeper.text.TextSanitizer;

/**
 * A report as one page of HTML that is also well-formed XML: no script, nothing fetched from
 * elsewhere.
 */
public final class ReportPage {
  private static final String STYLE = "report.css";

  private final HostReport report;
  private final XMLStreamWriter page;

  private ReportPage(HostReport report, XMLStreamWriter page) {
    this.report = report;
    this.page = page;
  }

  public static String of(HostReport report) {
    var text = new StringWriter();
    try {
      XMLStreamWriter page = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
      new ReportPage(report, page).write();
      page.close();
    } catch (XMLStreamException impossible) {
      throw new IllegalStateException(impossible);
    }
    return text.append("\n").toString();
  }

  private void write() throws XMLStreamException {
    page.writeDTD("<!DOCTYPE html>\n");
    String title = "Kernel drivers of " + report.host().name();
    open("html", "lang", "en").open("head");
    empty("meta", "charset", "utf-8");
    // Should anything get through that is not text, no browser runs it.
    empty(
        "meta",
        "http-equiv",
        "Content-Security-Policy",
        "content",
        "default-src 'none'; style-src 'unsafe-inline'");
    empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    empty("meta", "name", "color-scheme", "content", "light dark");
    element("title", title + ", " + report.time());
    element("style", style());
    close().open("body").open("main");
    element("h1", title);
    summary();
    matrix();
    element("h2", "Evidence");
    for (Explanation explanation : report.explanations()) {
      evidence(explanation);
    }
    history();
    page.writeEndDocument();
  }

  private static String style() {
    try (InputStream stream = ReportPage.class.getResourceAsStream(STYLE)) {
      byte[] text = Objects.requireNonNull(stream, STYLE).readAllBytes();
      return new String(text, StandardCharsets.UTF_8).lines().collect(Collectors.joining(" "));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void summary() throws XMLStreamException {
    Status status = report.status();
    List<Status.KernelStatus> kernels = status.kernels();
    boolean well = kernels.stream().allMatch(Status.KernelStatus::bootable);
    String tone = tone(well ? Colour.GREEN : Colour.RED);
    element("p", StatusText.summary(status), "class", "summary " + tone);
    open("dl");
    term("Host", report.host().name());
    term("System", report.host().system());
    term("Running kernel", releases(Status.KernelStatus::running));
    term("Boots next", releases(Status.KernelStatus::nextBoot));
    term("Time", report.time().toString());
    term("kmodkeeper", status.version());
    term(
        "Read",
        switch (report.source()) {
          case DAEMON -> "through the daemon" + (status.busy() ? ", which was working" : "");
          case DISK -> "from disk; the daemon did not run";
        });
    close();
  }

  private void term(String name, String value) throws XMLStreamException {
    element("dt", name).element("dd", value);
  }

  private String releases(Predicate<Status.KernelStatus> which) {
    String found =
        report.status().kernels().stream()
            .filter(which)
            .map(Status.KernelStatus::release)
            .collect(Collectors.joining(", "));
    return found.isEmpty() ? "none of those installed" : found;
  }

  private void matrix() throws XMLStreamException {
    StatusTable table = StatusTable.of(report.status());
    element("h2", "Kernels and drivers");
    open("table", "class", "matrix").open("thead").open("tr");
    element("th", "Kernel", "scope", "col");
    for (StatusTable.Column column : table.columns()) {
      element("th", column.title(), "scope", "col");
    }
    close().close().open("tbody");
    for (Status.KernelStatus kernel : table.rows()) {
      open("tr").open("th", "scope", "row").text(kernel.release());
      for (String mark : table.marks(kernel)) {
        element("span", mark, "class", "mark");
      }
      close();
      for (StatusTable.Column column : table.columns()) {
        open("td");
        Optional<Status.DriverStatus> cell = StatusTable.cell(kernel, column.driver());
        if (cell.isPresent() && table.kernels().contains(kernel)) {
          link(kernel, cell.get());
        } else if (cell.isPresent()) {
          verdict(cell.get());
          element("div", cell.get().reason(), "class", "reason");
        }
        close();
      }
      close();
    }
    close().close();
  }

  private void link(Status.KernelStatus kernel, Status.DriverStatus cell)
      throws XMLStreamException {
    open("a", "href", "#" + anchor(kernel.release(), cell.driver()));
    verdict(cell);
    close();
  }

  private void verdict(Status.DriverStatus cell) throws XMLStreamException {
    String tone = tone(StatusTable.colour(cell));
    element("span", StatusTable.word(cell), "class", "verdict " + tone);
  }

  private static String anchor(String release, String driver) {
    return release + "/" + driver;
  }

  private void evidence(Explanation explanation) throws XMLStreamException {
    Status.DriverStatus driver = explanation.driver();
    open("article", "id", anchor(explanation.kernel(), driver.driver()));
    open("h3").text(explanation.kernel() + ", " + driver.title() + ": ");
    verdict(driver);
    close();
    element("p", driver.detail());
    open("table", "class", "facts");
    for (EvidenceText evidence : EvidenceText.of(explanation)) {
      open("tbody").open("tr");
      element("th", evidence.about(), "colspan", "3", "scope", "rowgroup").close();
      for (Fact fact : evidence.facts()) {
        fact(fact);
      }
      close();
    }
    close().close();
  }

  private void fact(Fact fact) throws XMLStreamException {
    open("tr");
    switch (fact.mark()) {
      case OK -> sign("✓", Colour.GREEN);
      case BAD -> sign("✗", Colour.RED);
      case NONE -> sign(fact.name().isEmpty() ? "" : "–", Colour.NONE);
    }
    element("th", fact.name(), "scope", "row").element("td", fact.text()).close();
  }

  private void sign(String sign, Colour colour) throws XMLStreamException {
    element("td", sign, "class", "sign " + tone(colour));
  }

  private void history() throws XMLStreamException {
    element("h2", "History");
    @Nullable String day = null;
    for (History.Entry entry : report.history().entries()) {
      String[] time = entry.time().split("T", 2);
      if (!time[0].equals(day)) {
        if (day != null) {
          close();
        }
        day = time[0];
        element("h3", day).open("ol");
      }
      open("li", "class", tone(colour(entry)));
      element("time", time[time.length - 1], "datetime", entry.time());
      text(entry.text()).close();
    }
    if (day == null) {
      element("p", "Nothing has been recorded yet.");
    } else {
      close();
    }
  }

  private static Colour colour(History.Entry entry) {
    if (entry.verdict() != null) {
      return entry.verdict().bootable() ? Colour.GREEN : Colour.RED;
    }
    if (entry.outcome() == null) {
      return Colour.NONE;
    }
    return switch (entry.outcome()) {
      case INSTALLED -> Colour.GREEN;
      case INTERRUPTED -> Colour.NONE;
      case BUILD_FAILED, NOTHING_LANDED, TIMED_OUT, NOT_PROVEN -> Colour.RED;
    };
  }

  /** Begins an element; the attributes are names and values in turn. */
  private ReportPage open(String element, String... attributes) throws XMLStreamException {
    page.writeStartElement(element);
    return attributes(attributes);
  }

  /** Ends the element that was begun last. */
  private ReportPage close() throws XMLStreamException {
    page.writeEndElement();
    page.writeCharacters("\n");
    return this;
  }

  private ReportPage element(String element, String text, String... attributes)
      throws XMLStreamException {
    return open(element, attributes).text(text).close();
  }

  /** An element that has no content and no end. */
  private void empty(String element, String... attributes) throws XMLStreamException {
    page.writeEmptyElement(element);
    attributes(attributes);
  }

  private ReportPage attributes(String... attributes) throws XMLStreamException {
    for (int at = 0; at < attributes.length; at += 2) {
      page.writeAttribute(attributes[at], TextSanitizer.line(attributes[at + 1]));
    }
    return this;
  }

  private ReportPage text(String text) throws XMLStreamException {
    page.writeCharacters(TextSanitizer.line(text));
    return this;
  }

  private static String tone(Colour colour) {
    return colour.name().toLowerCase(Locale.ROOT);
  }
}
