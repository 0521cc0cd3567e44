package org.kmodkeeper.cli;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Notification;
import org.kmodkeeper.api.View;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.keys.HostKeys;
import org.kmodkeeper.keys.HostKeys.Password;
import org.kmodkeeper.keys.KeysReport;
import org.kmodkeeper.report.Terminal;
import org.kmodkeeper.report.Terminal.Colour;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows, makes, enrolls and retires the key that modules are signed with. */
@Command(
    name = "keys",
    description = {
      "Show, make, enroll or retire the key that modules are signed with.",
      "status: show which key signs, and what each installed kernel makes of it.",
      "create: make a key, unless dkms has one that the kernels take. Where a kernel takes only",
      "a CA for modules, it is one, with a key of its issue that signs.",
      "enroll: ask shim to enroll the certificate, which somebody confirms at the next boot;",
      "make a key first where none serves.",
      "rotate: make another key of the same CA sign; no reboot is needed.",
      "retire: remove the key, and ask shim to delete its certificate if it is enrolled."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  kmodkeeper keys status", "  kmodkeeper keys enroll"})
final class KeysCommand implements Subcommand {
  private static final int NAME = 13;
  private static final int DATE = 10;

  @Parameters(paramLabel = "status|create|enroll|rotate|retire", description = "What to do.")
  private String what = "";

  @Option(
      names = "--root-pw",
      description = {
        "enroll, retire: the console asks for root's password, not for one that is made now."
      })
  private boolean rootPassword;

  @Mixin private final JsonOutput json = new JsonOutput();

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    if (!List.of("status", "create", "enroll", "rotate", "retire").contains(what)) {
      throw ExitStatus.USAGE.because(
          "keys " + what + ": expected status, create, enroll, rotate or retire");
    }
    if (rootPassword && !List.of("enroll", "retire").contains(what)) {
      throw ExitStatus.USAGE.because("--root-pw is for enroll and retire");
    }
    host.requireRoot();
    return json.wanted() && !what.equals("status")
        ? JsonLines.run(this::perform, host)
        : perform(host);
  }

  private int perform(CommandContext host) throws CommandFailedException {
    var keys =
        new HostKeys(
            host.paths(), host.runner(), host.settings().certificates(), host.screen()::line);
    Password password = rootPassword ? Password.OF_ROOT : Password.FOR_ONCE;
    try {
      switch (what) {
        case "create" -> keys.create();
        case "enroll" -> keys.enroll(password);
        case "rotate" -> keys.rotate();
        case "retire" -> keys.retire(password);
        default -> status(keys.report(), host);
      }
    } catch (HostKeys.MissingProgramException missing) {
      throw ExitStatus.PROGRAM_MISSING.because(String.valueOf(missing.getMessage()));
    } catch (HostKeys.RefusedException refused) {
      throw ExitStatus.FAILURE.because(String.valueOf(refused.getMessage()));
    } catch (InterruptedException stop) {
      throw ExitStatus.FAILURE.because("interrupted");
    } catch (IOException failed) {
      throw ExitStatus.FAILURE.because(IoErrors.text(failed));
    }
    if (List.of("create", "enroll", "retire").contains(what)) {
      host.tell(new Notification(List.of(), List.of(), false, false, true, "keys"));
    }
    return ExitStatus.OK.code();
  }

  private void status(KeysReport report, CommandContext host) {
    if (json.wanted()) {
      JsonOutput.print(View.Provider.DISK, report, host);
    } else {
      print(report, host.screen());
    }
  }

  private static void print(KeysReport report, Terminal screen) {
    paragraph(screen, "Secure Boot", report.secureBoot() ? "on" : "off");
    if (report.keys().isEmpty()) {
      paragraph(screen, "signs", "no key: kmodkeeper keys enroll");
    }
    for (KeysReport.Key key : report.keys()) {
      boolean first = key.equals(report.keys().get(0));
      paragraph(
          screen,
          first ? "signs" : "not used",
          key.key() + " (" + key.owner() + "), " + text(key.signs()));
      if (!key.enrolled().equals(key.signs())) {
        paragraph(
            screen, first ? "to enroll" : "", key.enrolled().file() + ", " + text(key.enrolled()));
      }
    }
    for (KeysReport.Answer kernel : report.kernels()) {
      screen.line();
      screen.line("kernel " + kernel.kernel());
      @Nullable String why = kernel.enforcedBy();
      paragraph(screen, "  requires", why == null ? "no signature" : "signatures: " + why);
      if (kernel.signature() != null) {
        paragraph(
            screen,
            "  the key",
            kernel.detail() == null
                ? "accepted"
                : "not accepted (" + kernel.signature() + "): it " + kernel.detail());
      }
    }
  }

  private static String text(KeysReport.Certificate certificate) {
    return certificate.subject() + ", ends " + certificate.ends().substring(0, DATE);
  }

  private static void paragraph(Terminal screen, String name, String text) {
    screen.paragraph(screen.cell(Colour.NONE, name, NAME), NAME, text);
  }
}
