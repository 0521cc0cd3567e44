package org.kmodkeeper.report;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.report.FleetFile.Driver;
import org.kmodkeeper.report.FleetFile.Kernel;
import org.kmodkeeper.report.FleetHost.State;
import org.kmodkeeper.report.Terminal.Colour;

/**
 * Many hosts as one page of HTML that is also well-formed XML, worst first. Its only script filters
 * the rows; without it, everything is shown.
 */
public final class FleetPage {
  private static final String SCRIPT = HtmlWriter.resource("fleet.js");
  private static final int MAX_REASONS = 5;
  private static final int MAX_CAUSES = 50;

  private final FleetReport report;
  private final HtmlWriter page;

  private FleetPage(FleetReport report, HtmlWriter page) {
    this.report = report;
    this.page = page;
  }

  public static void write(FleetReport report, Writer out) throws IOException {
    HtmlWriter.write(out, page -> new FleetPage(report, page).write());
  }

  private void write() throws XMLStreamException {
    String title = "Kernel drivers of " + count(report.hosts().size(), "host");
    page.head(
        title + ", " + report.time(),
        HtmlWriter.resource("report.css") + " " + HtmlWriter.resource("fleet.css"),
        "; script-src 'sha256-" + digest(SCRIPT) + "'");
    page.element("h1", title);
    page.element("p", summary(), "class", "summary " + HtmlWriter.tone(worst()));
    page.element(
        "p",
        "Written at "
            + report.time()
            + ". A status that was taken earlier than a"
            + " day before counts as unknown.");
    causes();
    ignored();
    page.element("h2", "Hosts");
    // The script shows it: without one, it could do nothing.
    page.open("p", "hidden", "hidden", "id", "search").open("label").text("Filter ");
    page.empty("input", "type", "search", "id", "filter", "autocomplete", "off");
    page.close();
    page.element("span", "", "id", "count", "role", "status").close();
    page.open("table", "class", "fleet").open("thead").open("tr");
    for (String head : List.of("Host", "State", "Kernels and drivers")) {
      page.element("th", head, "scope", "col");
    }
    page.close().close().open("tbody", "id", "hosts");
    for (FleetHost host : report.hosts()) {
      host(host);
    }
    page.close().close();
    page.element("script", SCRIPT);
  }

  private static String digest(String script) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  private String summary() {
    return List.of(State.values()).stream()
        .filter(state -> report.count(state) > 0)
        .map(state -> state + ": " + report.count(state))
        .collect(Collectors.joining("; ", "", "."));
  }

  private Colour worst() {
    return report.hosts().get(0).state().colour();
  }

  /** What one driver's verdict on one kernel does to several hosts. */
  private record Cause(String kernel, String driver, String verdict) {}

  private void causes() throws XMLStreamException {
    Map<Cause, Integer> causes = new LinkedHashMap<>();
    for (FleetHost host : report.hosts()) {
      for (Kernel kernel : host.kernels()) {
        for (Driver driver : kernel.drivers()) {
          if (driver.prevents()) {
            causes.merge(
                new Cause(kernel.release(), driver.title(), driver.verdict().toString()),
                1,
                Integer::sum);
          }
        }
      }
    }
    if (causes.isEmpty()) {
      return;
    }
    page.element("h2", "What prevents kernels from being bootable");
    page.open("table", "class", "matrix").open("thead").open("tr");
    for (String head : List.of("Hosts", "Kernel", "Driver", "Verdict")) {
      page.element("th", head, "scope", "col");
    }
    page.close().close().open("tbody");
    Comparator<Map.Entry<Cause, Integer>> most = Map.Entry.comparingByValue();
    for (Map.Entry<Cause, Integer> one :
        causes.entrySet().stream().sorted(most.reversed()).limit(MAX_CAUSES).toList()) {
      Cause cause = one.getKey();
      page.open("tr").element("td", String.valueOf(one.getValue()));
      page.element("td", cause.kernel()).element("td", cause.driver());
      page.element("td", cause.verdict(), "class", "red").close();
    }
    page.close().close();
    if (causes.size() > MAX_CAUSES) {
      page.element("p", "And " + (causes.size() - MAX_CAUSES) + " more.");
    }
  }

  private void ignored() throws XMLStreamException {
    if (!report.ignored().isEmpty()) {
      int number = report.ignored().size();
      page.open("p").text("Ignored, as the name does not end in .json: " + count(number, "file"));
      page.text(" (" + String.join(", ", report.ignored()) + ").").close();
    }
  }

  private void host(FleetHost host) throws XMLStreamException {
    page.open("tr").open("th", "scope", "row").text(host.name());
    @Nullable String own = host.ownName();
    if (own != null && !own.equals(host.name())) {
      page.element("small", "calls itself " + own);
    }
    if (host.time() != null) {
      page.element("small", host.time().toString());
    }
    page.close().open("td", "class", HtmlWriter.tone(host.state().colour()));
    page.element("b", host.state().toString());
    if (!host.reason().isEmpty()) {
      page.element("small", host.reason());
    }
    page.close().open("td");
    for (Kernel kernel : host.kernels()) {
      kernel(kernel);
    }
    reasons(host);
    page.close().close();
  }

  private void kernel(Kernel kernel) throws XMLStreamException {
    page.open("p").element("b", kernel.release());
    if (kernel.runs()) {
      page.element("i", "running");
    }
    if (kernel.bootsNext()) {
      page.element("i", "boots next");
    }
    // As many as there are of one verdict, in one element: that keeps the page small.
    Map<String, List<Driver>> cells = new LinkedHashMap<>();
    for (Driver driver : kernel.drivers()) {
      cells.computeIfAbsent(word(driver), word -> new ArrayList<>()).add(driver);
    }
    for (Map.Entry<String, List<Driver>> one : cells.entrySet()) {
      Driver first = one.getValue().get(0);
      String titles = one.getValue().stream().map(Driver::title).collect(Collectors.joining(", "));
      page.element("span", titles + ": " + one.getKey(), "class", HtmlWriter.tone(colour(first)));
    }
    if (!kernel.isBootable() && kernel.drivers().stream().noneMatch(Driver::prevents)) {
      page.element("span", "not bootable", "class", "red");
    }
    page.close();
  }

  private static String word(Driver driver) {
    return driver.verdict()
        + (Boolean.FALSE.equals(Objects.requireNonNull(driver.required())) ? " (optional)" : "");
  }

  private static Colour colour(Driver driver) {
    return driver.prevents()
        ? Colour.RED
        : driver.verdict().bootable() ? Colour.GREEN : Colour.YELLOW;
  }

  private void reasons(FleetHost host) throws XMLStreamException {
    List<String> reasons =
        host.kernels().stream()
            .flatMap(kernel -> kernel.drivers().stream())
            .filter(Driver::prevents)
            .map(driver -> driver.driver() + ": " + driver.detail())
            .distinct()
            .toList();
    for (String reason : reasons.stream().limit(MAX_REASONS).toList()) {
      page.element("small", reason);
    }
    if (reasons.size() > MAX_REASONS) {
      page.element("small", "and " + count(reasons.size() - MAX_REASONS, "other reason"));
    }
  }
}
