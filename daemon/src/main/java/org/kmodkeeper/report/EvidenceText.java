package org.kmodkeeper.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.host.PackagedDriver;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.KernelFacts.Toolchain;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.report.Terminal.Colour;

/**
 * The facts about one thing, in words for people, each with a mark.
 *
 * @param about the thing
 */
public record EvidenceText(String about, List<Fact> facts) {
  private static final int INDENT = 4;
  private static final int MARK = 5;

  /** Whether a fact is as the verdict ready requires. */
  public enum Mark {
    OK,
    BAD,
    /** It does not affect the verdict. */
    NONE
  }

  /**
   * One fact.
   *
   * @param name empty if it continues the fact before
   */
  public record Fact(Mark mark, String name, String text) {}

  public EvidenceText {
    facts = List.copyOf(facts);
  }

  /** Prints one verdict with all its facts. */
  public static void print(Explanation explanation, Terminal screen) {
    Status.DriverStatus cell = explanation.driver();
    screen.line(
        DriverLine.subject(explanation.kernel(), cell.driver(), cell.version())
            + ": "
            + cell.verdict());
    screen.indented(INDENT, cell.detail());
    if (cell.verdict() != Verdict.READY) {
      screen.indented(INDENT, cell.verdict().reference());
    }
    of(explanation).forEach(evidence -> evidence.print(screen));
  }

  private void print(Terminal screen) {
    screen.line();
    screen.row("", List.of(screen.cell(Colour.BOLD, about, 0)));
    int names = facts.stream().mapToInt(fact -> fact.name().length()).max().orElse(0);
    int width = names == 0 ? 0 : names + 2;
    for (Fact fact : facts) {
      String name = screen.cell(Colour.NONE, fact.name(), width);
      screen.paragraph("  " + mark(fact, screen) + name, 2 + MARK + width, fact.text());
    }
  }

  private static String mark(Fact fact, Terminal screen) {
    return switch (fact.mark()) {
      case OK -> screen.cell(Colour.GREEN, "ok", MARK);
      case BAD -> screen.cell(Colour.RED, "bad", MARK);
      case NONE -> screen.cell(Colour.FAINT, fact.name().isEmpty() ? "" : "-", MARK);
    };
  }

  /** All facts: the driver, what builds need, each module, what was tried, what comes next. */
  static List<EvidenceText> of(Explanation explanation) {
    List<EvidenceText> all = new ArrayList<>();
    all.add(new EvidenceText("driver", driver(explanation)));
    all.add(new EvidenceText("build", build(explanation)));
    for (Explanation.ModuleFacts module : explanation.modules()) {
      all.add(ModuleEvidenceText.of(module, explanation));
    }
    all.add(new EvidenceText("attempts", attempts(explanation)));
    all.add(new EvidenceText("next", List.of(new Fact(Mark.NONE, "", next(explanation)))));
    return all;
  }

  private static List<Fact> driver(Explanation of) {
    List<Fact> facts = new ArrayList<>();
    String origin =
        switch (of.origin()) {
          case DKMS -> "dkms installs it automatically";
          case CONFIGURED -> "in drivers.d";
          case PACKAGE -> "by its package " + PackagedDriver.commonPackage(of.driver().driver());
        };
    String need = of.driver().required() ? "required" : "not required";
    String why = of.requiredBy() == null ? "" : ": " + of.requiredBy();
    facts.add(new Fact(Mark.NONE, "managed", origin + ", " + need + why));
    @Nullable String pinned = of.pinned();
    String wanted = pinned == null ? "the newest version" : "version " + pinned + ", pinned";
    boolean setUp = of.driver().verdict() != Verdict.NOT_SET_UP;
    if (of.supply().hasPackages()) {
      String common = PackagedDriver.commonPackage(of.driver().driver());
      facts.add(
          new Fact(Mark.OK, "packages", "of version " + of.driver().version() + ", by " + common));
    }
    boolean needed = setUp && !of.supply().hasPackages();
    facts.add(
        of.source() == null
            ? new Fact(needed ? Mark.BAD : Mark.NONE, "source", "none; wanted: " + wanted)
            : new Fact(Mark.OK, "source", of.source() + ", " + wanted));
    if (of.stored() != null) {
      boolean known = of.dkms() == DkmsState.REGISTERED;
      String record = known ? "; dkms has no record of these modules" : "";
      facts.add(new Fact(Mark.OK, "stored", of.stored() + record));
    }
    if (of.excluded() != null) {
      facts.add(new Fact(Mark.NONE, "excluded", "by its dkms.conf: " + of.excluded()));
    }
    return facts;
  }

  private static List<Fact> build(Explanation of) {
    // A driver that is ready needs no build.
    boolean unneeded = of.driver().verdict().bootable() || !of.supply().hasSource();
    Mark lacking = unneeded ? Mark.NONE : Mark.BAD;
    List<Fact> facts = new ArrayList<>();
    if (of.toolchain() == Toolchain.DISPOSABLE) {
      facts.add(new Fact(Mark.OK, "compiler", "disposable, with the headers, while a build runs"));
    } else {
      facts.add(
          of.headers() == null
              ? new Fact(lacking, "headers", "not installed")
              : new Fact(Mark.OK, "headers", of.headers()));
      facts.add(
          of.missingTools().isEmpty()
              ? new Fact(Mark.OK, "compiler", "gcc and make are installed")
              : new Fact(
                  lacking, "compiler", String.join(" and ", of.missingTools()) + " not installed"));
    }
    facts.add(
        switch (of.dkms()) {
          case REGISTERED -> new Fact(Mark.OK, "dkms", "knows this version");
          case NOT_REGISTERED -> new Fact(Mark.NONE, "dkms", "does not know this version");
          case NOT_INSTALLED -> new Fact(Mark.NONE, "dkms", "not installed");
        });
    String remedies =
        of.remedies().stream().map(Remedy::toString).collect(Collectors.joining(", then "));
    facts.add(new Fact(Mark.NONE, "remedies", remedies.isEmpty() ? "none" : remedies));
    return facts;
  }

  /** Newest first. */
  private static List<Fact> attempts(Explanation of) {
    List<Fact> facts = new ArrayList<>();
    for (Explanation.PastAttempt attempt : of.attempts()) {
      List<Fact> one = new ArrayList<>();
      one.add(new Fact(mark(attempt), attempt.started(), text(attempt, of.driver())));
      if (attempt.log() != null) {
        one.add(new Fact(Mark.NONE, "log", attempt.log()));
      }
      facts.addAll(0, one);
    }
    return facts.isEmpty() ? List.of(new Fact(Mark.NONE, "", "none")) : facts;
  }

  private static Mark mark(Explanation.PastAttempt attempt) {
    return switch (attempt.outcome()) {
      case INSTALLED -> Mark.OK;
      case INTERRUPTED -> Mark.NONE;
      case BUILD_FAILED, NOTHING_LANDED, TIMED_OUT, NOT_PROVEN -> Mark.BAD;
    };
  }

  private static String text(Explanation.PastAttempt attempt, Status.DriverStatus driver) {
    String version =
        attempt.version().equals(driver.version()) ? "" : " of version " + attempt.version();
    String since = attempt.current() ? "" : "; its inputs have changed since";
    return String.format(
        Locale.ROOT,
        "%s%s, %.1f s: %s: %s%s",
        attempt.remedy(),
        version,
        attempt.durationMilliseconds() / 1000.0,
        attempt.outcome(),
        attempt.detail(),
        since);
  }

  private static String next(Explanation of) {
    Status.DriverStatus driver = of.driver();
    String advice = driver.advice() == null ? "" : "; " + driver.advice();
    if (of.due() != null) {
      return "remedy " + of.due() + " is tried now" + advice;
    }
    if (driver.retryAt() != null) {
      return "next try at " + driver.retryAt() + advice;
    }
    return driver.advice() == null ? "nothing to do" : driver.advice();
  }
}
