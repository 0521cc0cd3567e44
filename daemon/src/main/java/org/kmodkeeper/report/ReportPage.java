package org.kmodkeeper.report;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.api.History;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.report.EvidenceText.Fact;
import org.kmodkeeper.report.Terminal.Colour;

/**
 * A report as one page of HTML that is also well-formed XML: no script, nothing fetched from
 * elsewhere.
 */
public final class ReportPage {
  private final HostReport report;
  private final HtmlWriter page;

  private ReportPage(HostReport report, HtmlWriter page) {
    this.report = report;
    this.page = page;
  }

  public static String of(HostReport report) {
    return HtmlWriter.page(page -> new ReportPage(report, page).write());
  }

  private void write() throws XMLStreamException {
    String title = "Kernel drivers of " + report.host().name();
    page.head(title + ", " + report.time(), HtmlWriter.resource("report.css"), "");
    page.element("h1", title);
    summary();
    matrix();
    page.element("h2", "Evidence");
    for (Explanation explanation : report.explanations()) {
      evidence(explanation);
    }
    history();
  }

  private void summary() throws XMLStreamException {
    Status status = report.status();
    List<Status.KernelStatus> kernels = status.kernels();
    boolean well = kernels.stream().allMatch(Status.KernelStatus::bootable);
    String tone = HtmlWriter.tone(well ? Colour.GREEN : Colour.RED);
    page.element("p", StatusText.summary(status), "class", "summary " + tone);
    page.open("dl");
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
    page.close();
  }

  private void term(String name, String value) throws XMLStreamException {
    page.element("dt", name).element("dd", value);
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
    page.element("h2", "Kernels and drivers");
    page.open("table", "class", "matrix").open("thead").open("tr");
    page.element("th", "Kernel", "scope", "col");
    for (StatusTable.Column column : table.columns()) {
      page.element("th", column.title(), "scope", "col");
    }
    page.close().close().open("tbody");
    for (Status.KernelStatus kernel : table.rows()) {
      page.open("tr").open("th", "scope", "row").text(kernel.release());
      for (String mark : table.marks(kernel)) {
        page.element("span", mark, "class", "mark");
      }
      page.close();
      for (StatusTable.Column column : table.columns()) {
        page.open("td");
        Optional<Status.DriverStatus> cell = StatusTable.cell(kernel, column.driver());
        if (cell.isPresent() && table.kernels().contains(kernel)) {
          link(kernel, cell.get());
        } else if (cell.isPresent()) {
          verdict(cell.get());
          page.element("div", cell.get().reason(), "class", "reason");
        }
        page.close();
      }
      page.close();
    }
    page.close().close();
  }

  private void link(Status.KernelStatus kernel, Status.DriverStatus cell)
      throws XMLStreamException {
    page.open("a", "href", "#" + anchor(kernel.release(), cell.driver()));
    verdict(cell);
    page.close();
  }

  private void verdict(Status.DriverStatus cell) throws XMLStreamException {
    String tone = HtmlWriter.tone(StatusTable.colour(cell));
    page.element("span", StatusTable.word(cell), "class", "verdict " + tone);
  }

  private static String anchor(String release, String driver) {
    return release + "/" + driver;
  }

  private void evidence(Explanation explanation) throws XMLStreamException {
    Status.DriverStatus driver = explanation.driver();
    page.open("article", "id", anchor(explanation.kernel(), driver.driver()));
    page.open("h3").text(explanation.kernel() + ", " + driver.title() + ": ");
    verdict(driver);
    page.close();
    page.element("p", driver.detail());
    page.open("table", "class", "facts");
    for (EvidenceText evidence : EvidenceText.of(explanation)) {
      page.open("tbody").open("tr");
      page.element("th", evidence.about(), "colspan", "3", "scope", "rowgroup").close();
      for (Fact fact : evidence.facts()) {
        fact(fact);
      }
      page.close();
    }
    page.close().close();
  }

  private void fact(Fact fact) throws XMLStreamException {
    page.open("tr");
    switch (fact.mark()) {
      case OK -> sign("✓", Colour.GREEN);
      case BAD -> sign("✗", Colour.RED);
      case NONE -> sign(fact.name().isEmpty() ? "" : "–", Colour.NONE);
    }
    page.element("th", fact.name(), "scope", "row").element("td", fact.text()).close();
  }

  private void sign(String sign, Colour colour) throws XMLStreamException {
    page.element("td", sign, "class", "sign " + HtmlWriter.tone(colour));
  }

  private void history() throws XMLStreamException {
    page.element("h2", "History");
    @Nullable String day = null;
    for (History.Entry entry : report.history().entries()) {
      String[] time = entry.time().split("T", 2);
      if (!time[0].equals(day)) {
        if (day != null) {
          page.close();
        }
        day = time[0];
        page.element("h3", day).open("ol");
      }
      page.open("li", "class", HtmlWriter.tone(colour(entry)));
      page.element("time", time[time.length - 1], "datetime", entry.time());
      page.text(entry.text()).close();
    }
    if (day == null) {
      page.element("p", "Nothing has been recorded yet.");
    } else {
      page.close();
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
}
