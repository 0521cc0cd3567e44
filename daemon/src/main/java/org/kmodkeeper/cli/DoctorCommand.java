package org.kmodkeeper.cli;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.View;
import org.kmodkeeper.doctor.Diagnosis;
import org.kmodkeeper.doctor.Diagnosis.State;
import org.kmodkeeper.doctor.Doctor;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.KebabCase;
import org.kmodkeeper.report.Terminal;
import org.kmodkeeper.report.Terminal.CharacterSet;
import org.kmodkeeper.report.Terminal.Colour;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows what this host lacks, and the commands that fix it. */
@Command(
    name = "doctor",
    description = {
      "Check that this host has everything it needs to keep drivers ready.",
      "Below each check that failed is the command that fixes it, or one that shows more.",
      "The host is read from disk, with or without the daemon. The exit status is 0 only",
      "if nothing is bad or unknown. Run it as root: others cannot read everything."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper doctor",
      "  kmodkeeper doctor --json | jq -r '.checks[].cure // empty'"
    })
final class DoctorCommand implements Subcommand {
  private static final int MARK = 3;
  private static final int WORD = 9;
  private static final int NAME = 15;

  @Mixin private final JsonOutput json = new JsonOutput();

  /** The fields of {@code --json}, after {@code source}. */
  record Diagnoses(boolean healthy, List<Line> checks) {}

  /** One diagnosis, its state as a word. */
  record Line(String check, String state, String text, @Nullable String cure) {}

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    List<Diagnosis> found;
    try {
      found = Doctor.examine(host.paths(), host.runner(), host.clock());
    } catch (InterruptedException stop) {
      throw ExitStatus.FAILURE.because("interrupted");
    } catch (IOException unreadable) {
      throw ExitStatus.FAILURE.because("cannot read the disk: " + IoErrors.text(unreadable));
    }
    long wrong = found.stream().filter(one -> !one.isHealthy()).count();
    if (json.wanted()) {
      List<Line> lines =
          found.stream()
              .map(one -> new Line(one.check(), KebabCase.of(one.state()), one.text(), one.fix()))
              .toList();
      JsonOutput.print(View.Provider.DISK, new Diagnoses(wrong == 0, lines), host);
    } else {
      Terminal screen = host.screen();
      found.forEach(one -> print(one, screen));
      screen.line();
      screen.line(
          wrong == 0
              ? "This host has everything it needs."
              : wrong + " of " + found.size() + " checks failed.");
    }
    return (wrong == 0 ? ExitStatus.OK : ExitStatus.UNHEALTHY).code();
  }

  private static void print(Diagnosis one, Terminal screen) {
    int width = screen.characterSet() == CharacterSet.UNICODE ? MARK : WORD;
    String mark = screen.cell(colour(one.state()), mark(one.state(), screen.characterSet()), width);
    screen.paragraph(mark + screen.cell(Colour.NONE, one.check(), NAME), width + NAME, one.text());
    if (one.fix() != null) {
      // Never wrapped: it is there to be copied.
      String cure = screen.cell(Colour.BOLD, one.fix(), 0);
      screen.row("", List.of(" ".repeat(width + NAME) + "fix: ", cure));
    }
  }

  private static Colour colour(State state) {
    return switch (state) {
      case OK -> Colour.GREEN;
      case BAD -> Colour.RED;
      case UNKNOWN -> Colour.YELLOW;
      case NOTE -> Colour.FAINT;
    };
  }

  private static String mark(State state, CharacterSet characterSet) {
    if (characterSet == CharacterSet.ASCII) {
      return KebabCase.of(state);
    }
    return switch (state) {
      case OK -> "✓";
      case BAD -> "✗";
      case UNKNOWN -> "?";
      case NOTE -> "-";
    };
  }
}
