package org.kmodkeeper.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.View;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.preflight.OfferedKernel;
import org.kmodkeeper.preflight.Preflight;
import org.kmodkeeper.report.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says what will become of each driver on kernels that are offered. */
@Command(
    name = "preflight",
    description = {
      "Say whether a stored build fits each kernel that an enabled repository offers.",
      "The kernel's packages say which symbols it has; nothing is downloaded but the",
      "repositories' metadata, and nothing is built or installed. The exit status is 0 if",
      "each required driver will be ready without a build."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper preflight",
      "  kmodkeeper preflight --kernel 5.14.0-611.el9.x86_64 --driver ixgbevf",
      "  kmodkeeper preflight --json | jq -r '.answers[] | select(.verdict != \"ready\")'"
    })
final class PreflightCommand implements Subcommand {
  @Mixin private final JsonOutput json = new JsonOutput();

  @Option(
      names = "--kernel",
      paramLabel = "RELEASE",
      description = "This offered kernel (default: all that are newer than the running one).")
  private @Nullable String release;

  @Option(names = "--driver", paramLabel = "NAME", description = "Only this driver.")
  private @Nullable String driver;

  /** The fields of {@code --json}, after {@code source}. */
  record Answers(List<Preflight.Answer> answers) {}

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    host.requireRoot();
    try {
      var preflight = Preflight.open(host.paths(), host.runner(), host.settings(), host.clock());
      List<DriverState> cells = preflight.drivers(driver);
      if (cells.isEmpty() && driver != null) {
        throw ExitStatus.NOT_FOUND.because("no driver " + driver + " with a source is managed");
      }
      List<OfferedKernel> offered = preflight.offered(release);
      if (offered.isEmpty() && release != null) {
        throw ExitStatus.NOT_FOUND.because("no enabled repository offers a kernel " + release);
      }
      List<Preflight.Answer> answers = new ArrayList<>();
      int status = ExitStatus.OK.code();
      for (OfferedKernel kernel : offered) {
        for (DriverState cell : cells) {
          Preflight.Answer answer = preflight.answer(kernel, cell);
          answers.add(answer);
          boolean required = cell.observation().policy().need() != Policy.Need.OPTIONAL;
          if (status == 0 && required) {
            status = answer.verdict().exitStatus();
          }
        }
      }
      print(host, answers);
      return status;
    } catch (InterruptedException stop) {
      throw ExitStatus.FAILURE.because("interrupted");
    } catch (IOException failed) {
      throw ExitStatus.FAILURE.because(IoErrors.text(failed));
    }
  }

  private void print(CommandContext host, List<Preflight.Answer> answers) {
    if (json.wanted()) {
      JsonOutput.print(View.Provider.DISK, new Answers(answers), host.out());
      return;
    }
    Terminal screen = host.screen();
    if (answers.isEmpty()) {
      screen.line(
          "There is nothing to answer: no newer kernel is offered, or no driver is managed.");
    }
    for (Preflight.Answer answer : answers) {
      String subject =
          DriverLine.subject(answer.kernel().release(), answer.driver(), answer.version());
      screen.line(subject + ": " + DriverLine.reason(answer.verdict(), answer.detail(), null));
    }
  }
}
