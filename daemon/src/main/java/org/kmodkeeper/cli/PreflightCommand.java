package org.kmodkeeper.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Notification;
import org.kmodkeeper.api.View;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.preflight.Preflight;
import org.kmodkeeper.report.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says what will become of each driver on kernels that are offered. */
@Command(
    name = "preflight",
    description = {
      "Say whether each driver will be ready on the kernels that repositories offer.",
      "A stored build is compared with the symbols that the kernel's packages say they",
      "provide; else with those of its headers, which are downloaded and not installed; else",
      "a build is made with them and stored. Nothing that is installed changes. The exit",
      "status is 0 if each required driver will be ready without a build or excludes the kernel."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper preflight",
      "  kmodkeeper preflight --kernel 5.14.0-611.el9.x86_64 --driver ixgbevf",
      "  kmodkeeper preflight --depth stored --json | jq -r '.answers[].verdict'"
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

  @Option(
      names = "--depth",
      paramLabel = "HOW",
      description = {
        "How far to go: stored (downloads nothing), symvers (no builds) or build",
        "(default: preflight= in kmodkeeper.conf, which is build unless set)."
      })
  private @Nullable String depth;

  @Option(
      names = "--timer",
      description = {
        "As the timer does it: nothing where preflight = off is set, and a driver is not",
        "built again for a kernel within a week, unless its source is another."
      })
  private boolean timer;

  /** The fields of {@code --json}, after {@code source}. */
  record Answers(List<PreflightAnswer> answers) {}

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    host.requireRoot();
    Settings settings = host.settings();
    @Nullable Depth wanted = depth == null ? settings.preflight() : depth(depth);
    if (wanted == null && timer) {
      host.screen().line("preflight = off: nothing is done");
      return ExitStatus.OK.code();
    }
    var request =
        new Preflight.Request(release, driver, wanted == null ? Depth.BUILD : wanted, !timer);
    try {
      Preflight.Answers found =
          Preflight.open(host.paths(), host.runner(), settings, host.clock())
              .runAlone(
                  request,
                  () ->
                      host.err()
                          .println(
                              "kmodkeeper: another preflight is running, waiting for its end"));
      if (found.drivers() == 0 && driver != null) {
        throw ExitStatus.NOT_FOUND.because("no driver " + driver + " with a source is managed");
      }
      if (found.drivers() > 0 && found.kernels() == 0 && release != null) {
        throw ExitStatus.NOT_FOUND.because("no enabled repository offers a kernel " + release);
      }
      print(host, found.answers());
      host.tell(new Notification(List.of(), List.of(), false, false, false, "preflight"));
      return exitStatus(found.answers());
    } catch (InterruptedException stop) {
      throw ExitStatus.FAILURE.because("interrupted");
    } catch (IOException failed) {
      throw ExitStatus.FAILURE.because(IoErrors.text(failed));
    }
  }

  private static Depth depth(String word) throws CommandFailedException {
    try {
      return Depth.valueOf(word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException unknown) {
      throw ExitStatus.USAGE.because(
          "--depth " + word + " is not known, expected stored, symvers or build");
    }
  }

  private static int exitStatus(List<PreflightAnswer> answers) {
    return answers.stream()
        .filter(PreflightAnswer::required)
        .mapToInt(answer -> answer.verdict().exitStatus())
        .filter(status -> status != 0)
        .findFirst()
        .orElse(ExitStatus.OK.code());
  }

  private void print(CommandContext host, List<PreflightAnswer> answers) {
    if (json.wanted()) {
      JsonOutput.print(View.Provider.DISK, new Answers(answers), host);
      return;
    }
    Terminal screen = host.screen();
    if (answers.isEmpty()) {
      screen.line(
          "There is nothing to answer: no newer kernel is offered, or no driver is managed.");
    }
    for (PreflightAnswer answer : answers) {
      String subject = DriverLine.subject(answer.kernel(), answer.driver(), answer.version());
      screen.line(
          subject + ": " + DriverLine.reason(answer.verdict(), answer.detail(), answer.advice()));
    }
  }
}
