package org.kmodkeeper.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.report.Statuses.driver;
import static org.kmodkeeper.report.Statuses.kernel;
import static org.kmodkeeper.report.Statuses.next;
import static org.kmodkeeper.report.Statuses.running;

import java.io.StringReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.api.History;
import org.kmodkeeper.api.View;
import org.kmodkeeper.host.HostIdentity;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Verdict;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** The page, read back by a parser that forgives nothing. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HostReportTest {
  private static final String RELEASE = "6.1.0-550.el9.x86_64";

  /** Ends whatever element, attribute or comment it stands in, if it is let. */
  private static final String HOSTILE =
      "</p></td>--><script>alert(1)</script><img src=x onerror='alert(1)'>\"&lt;\u001b[2J\u0000";

  private static final String HARMLESS = HOSTILE.replace("\u001b", "\\x1b").replace("\0", "\\x00");

  private static Document page(
      String host, Explanation explanation, String version, History.Entry... entries)
      throws Exception {
    var report =
        new HostReport(
            new HostIdentity(host, "CentOS Stream 9"),
            Instant.parse("2026-11-23T08:00:00Z"),
            View.Provider.DAEMON,
            Statuses.of(
                next(kernel("6.1.0-560.el9.x86_64", broken())),
                running(kernel(RELEASE, Statuses.ready("ixgbevf", version)))),
            List.of(explanation),
            new History(List.of(entries)));
    String page = ReportPage.of(report);
    assertThat(page).startsWith("<!DOCTYPE html>\n<html lang=\"en\">");
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(page)));
  }

  private static org.kmodkeeper.api.Status.DriverStatus broken() {
    return driver("ixgbevf", "4.18.7", Verdict.BUILD_FAILED, "it failed", null, null);
  }

  private static Document page(History.Entry... entries) throws Exception {
    return page("web1", Explained.ready().explanation(), "4.18.7", entries);
  }

  private static List<String> texts(Document page, String element) {
    return elements(page, element).stream().map(one -> one.getTextContent().strip()).toList();
  }

  private static List<Element> elements(Document page, String name) {
    NodeList found = page.getElementsByTagName(name);
    List<Element> elements = new ArrayList<>();
    for (int at = 0; at < found.getLength(); at++) {
      elements.add((Element) found.item(at));
    }
    return elements;
  }

  private static History.Entry entry(
      String time, @Nullable Verdict verdict, @Nullable Outcome outcome, String text) {
    return new History.Entry(
        time, RELEASE, "ixgbevf", "1", verdict, null, null, outcome, null, null, text);
  }

  @Test
  void begins_with_the_host_and_its_state() throws Exception {
    Document page = page();

    assertThat(texts(page, "title"))
        .containsExactly("Kernel drivers of web1, 2026-11-23T08:00:00Z");
    assertThat(texts(page, "h1")).containsExactly("Kernel drivers of web1");
    assertThat(texts(page, "p")).startsWith("Not bootable: 1 of 2 kernels.");
    assertThat(texts(page, "dd"))
        .containsExactly(
            "web1",
            "CentOS Stream 9",
            RELEASE,
            "6.1.0-560.el9.x86_64",
            "2026-11-23T08:00:00Z",
            "1",
            "through the daemon");
  }

  @Test
  void links_each_verdict_to_its_evidence() throws Exception {
    Document page = page();

    assertThat(texts(page, "a")).containsExactly("build-failed", "ready");
    assertThat(elements(page, "a"))
        .extracting(link -> link.getAttribute("href"))
        .endsWith("#" + RELEASE + "/ixgbevf");
    assertThat(elements(page, "article"))
        .extracting(article -> article.getAttribute("id"))
        .containsExactly(RELEASE + "/ixgbevf");
    assertThat(texts(page, "article").get(0))
        .contains("152 CRCs compared with", "4.18.7, as wanted", "nothing to do");
  }

  @Test
  void shows_the_history_day_by_day() throws Exception {
    Document page =
        page(
            entry("2026-11-22T23:59:59Z", Verdict.MISSING, null, "verdict missing"),
            entry("2026-11-23T00:00:01Z", null, Outcome.INSTALLED, "remedy dkms"),
            entry("2026-11-23T00:00:02Z", Verdict.READY, null, "verdict ready"));

    assertThat(texts(page, "h3")).endsWith("2026-11-22", "2026-11-23");
    assertThat(texts(page, "time")).containsExactly("23:59:59Z", "00:00:01Z", "00:00:02Z");
    assertThat(elements(page, "li"))
        .extracting(entry -> entry.getAttribute("class"))
        .containsExactly("red", "green", "green");
    assertThat(elements(page, "ol")).hasSize(2);
  }

  @Test
  void says_that_nothing_has_happened_to_a_host() throws Exception {
    assertThat(texts(page(), "p")).endsWith("Nothing has been recorded yet.");
  }

  @Test
  void shows_whatever_the_tools_have_said_as_text() throws Exception {
    Explained explained = Explained.ready();
    for (String place :
        List.of("source", "requiredBy", "excluded", "headers", "vermagic", "driver.detail")) {
      explained.json().addProperty("hostile", HOSTILE);
      explained.with(place, explained.json().get("hostile").toString().replace("'", "\\u0027"));
    }
    for (String place : List.of("name", "trouble", "resolved.path", "resolved.version")) {
      explained.module(place, explained.json().get("hostile").toString().replace("'", "\\u0027"));
    }
    Document page =
        page(
            HOSTILE,
            explained.explanation(),
            HOSTILE,
            entry("2026-11-22T23:59:59Z", Verdict.UNKNOWN, null, HOSTILE));

    assertThat(elements(page, "script")).isEmpty();
    assertThat(elements(page, "img")).isEmpty();
    assertThat(texts(page, "h1")).containsExactly("Kernel drivers of " + HARMLESS);
    assertThat(texts(page, "li")).allMatch(text -> text.endsWith(HARMLESS));
    assertThat(texts(page, "article").get(0)).contains(HARMLESS);
  }

  @Test
  void tells_a_browser_to_run_and_fetch_nothing() throws Exception {
    assertThat(elements(page(), "meta"))
        .extracting(meta -> meta.getAttribute("content"))
        .contains("default-src 'none'; style-src 'unsafe-inline'");
  }

  @Test
  void lets_no_value_end_its_attribute() throws Exception {
    Explained explained = Explained.ready();
    explained.json().addProperty("kernel", HOSTILE);

    Document page = page("web1", explained.explanation(), "4.18.7");

    assertThat(elements(page, "article"))
        .extracting(article -> article.getAttribute("id"))
        .containsExactly(HARMLESS + "/ixgbevf");
  }
}
