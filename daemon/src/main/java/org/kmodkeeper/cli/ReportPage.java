package org.kmodkeeper.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.api.History;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.cli.Evidence.Fact;
import org.kmodkeeper.cli.Screen.Colour;

/** A report as one page of HTML: no script, nothing fetched from elsewhere. */
final class ReportPage {
  private static final String STYLE = "report.css";

  private final Report report;
  private final Html page = new Html();

  private ReportPage(Report report) {
    this.report = report;
  }

  static String of(Report report) {
    var page = new ReportPage(report);
    page.write();
    return page.page.toString();
  }

  private void write() {
    String title = "Kernel drivers of " + report.host().name();
    page.open("html", "lang", "en").open("head");
    page.empty("meta", "charset", "utf-8");
    // Should anything get through that is no text, no browser runs it.
    page.empty(
        "meta",
        "http-equiv",
        "Content-Security-Policy",
        "content",
        "default-src 'none'; style-src 'unsafe-inline'");
    page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    page.empty("meta", "name", "color-scheme", "content", "light dark");
    page.element("title", title + ", " + report.time());
    page.element("style", style());
    page.close().open("body").open("main");
    page.element("h1", title);
    summary();
    matrix();
    page.element("h2", "Evidence");
    report.explanations().forEach(this::evidence);
    history();
    page.close().close().close();
  }

  private static String style() {
    try (InputStream stream = ReportPage.class.getResourceAsStream(STYLE)) {
      byte[] text = Objects.requireNonNull(stream, STYLE).readAllBytes();
      return new String(text, StandardCharsets.UTF_8).lines().collect(Collectors.joining(" "));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void summary() {
    Status status = report.status();
    List<Status.Kernel> kernels = status.kernels();
    boolean well = kernels.stream().allMatch(Status.Kernel::bootable);
    String tone = tone(well ? Colour.GREEN : Colour.RED);
    page.element("p", StatusText.summary(kernels), "class", "summary " + tone);
    page.open("dl");
    term("Host", report.host().name());
    term("System", report.host().system());
    term("Running kernel", releases(Status.Kernel::running));
    term("Boots next", releases(Status.Kernel::nextBoot));
    term("Time", report.time().toString());
    term("kmodkeeper", status.version());
    term(
        "Read",
        switch (report.source()) {
          case DAEMON -> "through the daemon" + (status.busy() ? ", which was at work" : "");
          case DISK -> "from disk; the daemon did not run";
        });
    page.close();
  }

  private void term(String name, String value) {
    page.element("dt", name).element("dd", value);
  }

  private String releases(Predicate<Status.Kernel> which) {
    String found =
        report.status().kernels().stream()
            .filter(which)
            .map(Status.Kernel::release)
            .collect(Collectors.joining(", "));
    return found.isEmpty() ? "none of those installed" : found;
  }

  private void matrix() {
    StatusTable table = StatusTable.of(report.status().kernels());
    page.element("h2", "Kernels and drivers");
    page.open("table", "class", "matrix").open("thead").open("tr");
    page.element("th", "Kernel", "scope", "col");
    table.columns().forEach(column -> page.element("th", column.title(), "scope", "col"));
    page.close().close().open("tbody");
    for (Status.Kernel kernel : table.kernels()) {
      page.open("tr").open("th", "scope", "row").text(kernel.release());
      StatusTable.marks(kernel).forEach(mark -> page.element("span", mark, "class", "mark"));
      page.close();
      for (StatusTable.Column column : table.columns()) {
        page.open("td");
        StatusTable.cell(kernel, column.driver()).ifPresent(cell -> link(kernel, cell));
        page.close();
      }
      page.close();
    }
    page.close().close();
  }

  private void link(Status.Kernel kernel, Status.Driver cell) {
    page.open("a", "href", "#" + anchor(kernel.release(), cell.driver()));
    verdict(cell);
    page.close();
  }

  private void verdict(Status.Driver cell) {
    String tone = tone(StatusTable.colour(cell));
    page.element("span", StatusTable.word(cell), "class", "verdict " + tone);
  }

  private static String anchor(String release, String driver) {
    return release + "/" + driver;
  }

  private void evidence(Explanation explanation) {
    Status.Driver driver = explanation.driver();
    page.open("article", "id", anchor(explanation.kernel(), driver.driver()));
    page.open("h3").text(explanation.kernel() + ", " + driver.title() + ": ");
    verdict(driver);
    page.close();
    page.element("p", driver.detail());
    page.open("table", "class", "facts");
    for (Evidence evidence : Evidence.of(explanation)) {
      page.open("tbody").open("tr");
      page.element("th", evidence.about(), "colspan", "3", "scope", "rowgroup").close();
      evidence.facts().forEach(this::fact);
      page.close();
    }
    page.close().close();
  }

  private void fact(Fact fact) {
    page.open("tr");
    switch (fact.mark()) {
      case OK -> sign("✓", Colour.GREEN);
      case BAD -> sign("✗", Colour.RED);
      case NONE -> sign(fact.name().isEmpty() ? "" : "–", Colour.NONE);
    }
    page.element("th", fact.name(), "scope", "row").element("td", fact.text()).close();
  }

  private void sign(String sign, Colour colour) {
    page.element("td", sign, "class", "sign " + tone(colour));
  }

  private void history() {
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
      page.open("li", "class", tone(colour(entry)));
      page.element("time", time[time.length - 1], "datetime", entry.time());
      page.text(entry.text()).close();
    }
    if (day == null) {
      page.element("p", "Nothing has happened yet.");
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

  private static String tone(Colour colour) {
    return colour.name().toLowerCase(Locale.ROOT);
  }
}
