package org.kmodkeeper.cli;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.api.View;
import org.kmodkeeper.report.EvidenceText;
import org.kmodkeeper.report.Terminal;
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
final class ExplainCommand implements Subcommand {
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

  /** The fields of {@code --json}, after {@code source}. */
  record Explanations(List<Explanation> explanations) {}

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    return host.read(view -> explain(view, host));
  }

  private int explain(View view, CommandContext host)
      throws IOException, VarlinkException, InterruptedException, CommandFailedException {
    Status.KernelStatus meant = Selection.of(view.status(), kernel, driver).kernels().get(0);
    if (meant.drivers().isEmpty()) {
      throw ExitStatus.NOT_FOUND.because("there is no driver to explain: none is managed");
    }
    List<Explanation> found = view.explain(meant.release(), driver);
    if (json.wanted()) {
      JsonOutput.print(view.source(), new Explanations(found), host);
    } else {
      Terminal screen = host.screen();
      String between = "";
      for (Explanation explanation : found) {
        screen.out().print(between);
        EvidenceText.print(explanation, screen);
        between = "\n\n";
      }
    }
    return ExitStatus.OK.code();
  }
}
