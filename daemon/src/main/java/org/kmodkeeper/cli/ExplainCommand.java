package org.kmodkeeper.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.api.Explanations;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.api.View;
import org.kmodkeeper.cli.EvidenceText.Fact;
import org.kmodkeeper.cli.Terminal.Colour;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.varlink.VarlinkException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows what a verdict rests on. */
@Command(
    name = "explain",
    description = {
      "Show the facts behind a verdict.",
      "A fact is ok, bad, or - if it does not affect the verdict. Without DRIVER, all",
      "drivers of the kernel are explained."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  kmodkeeper explain next", "  kmodkeeper explain 6.1.0-560 ixgbevf --json"})
final class ExplainCommand implements Callable<Integer> {
  private static final int INDENT = 4;
  private static final int MARK = 5;

  private final CommandContext host;

  @Parameters(
      index = "0",
      paramLabel = "KERNEL",
      description = "Its release, or the beginning of it, or running, next or newest.")
  private String kernel = "";

  @Parameters(
      index = "1",
      paramLabel = "DRIVER",
      arity = "0..1",
      description = "The driver's name.")
  private @Nullable String driver;

  @Mixin private final JsonOutput json = new JsonOutput();

  ExplainCommand(CommandContext host) {
    this.host = host;
  }

  @Override
  public Integer call() throws CommandFailedException {
    return host.read(this::explain);
  }

  private int explain(View view)
      throws IOException, VarlinkException, InterruptedException, CommandFailedException {
    Status.KernelStatus meant = Selection.of(view.status(), kernel, driver).kernels().get(0);
    if (meant.drivers().isEmpty()) {
      throw new CommandFailedException(
          ExitStatus.NOT_FOUND, "there is no driver to explain: none is managed");
    }
    Explanations found = view.explain(meant.release(), driver);
    if (json.wanted()) {
      JsonOutput.print(view.source(), found, host.out());
    } else {
      Terminal screen = host.screen();
      String between = "";
      for (Explanation explanation : found.explanations()) {
        screen.out().print(between);
        print(explanation, screen);
        between = "\n\n";
      }
    }
    return ExitStatus.OK.code();
  }

  /** Prints one verdict with all its facts. */
  private static void print(Explanation explanation, Terminal screen) {
    Status.DriverStatus cell = explanation.driver();
    screen.line(
        DriverLine.subject(explanation.kernel(), cell.driver(), cell.version())
            + ": "
            + cell.verdict());
    screen.indented(INDENT, cell.detail());
    for (EvidenceText evidence : EvidenceText.of(explanation)) {
      screen.line();
      screen.row("", List.of(screen.cell(Colour.BOLD, evidence.about(), 0)));
      int names = evidence.facts().stream().mapToInt(fact -> fact.name().length()).max().orElse(0);
      int width = names == 0 ? 0 : names + 2;
      for (Fact fact : evidence.facts()) {
        String mark = mark(fact, screen);
        String name = screen.cell(Colour.NONE, fact.name(), width);
        screen.paragraph("  " + mark + name, 2 + MARK + width, fact.text());
      }
    }
  }

  private static String mark(Fact fact, Terminal screen) {
    return switch (fact.mark()) {
      case OK -> screen.cell(Colour.GREEN, "ok", MARK);
      case BAD -> screen.cell(Colour.RED, "bad", MARK);
      case NONE -> screen.cell(Colour.FAINT, fact.name().isEmpty() ? "" : "-", MARK);
    };
  }
}
