package org.kmodkeeper.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import org.kmodkeeper.host.DkmsHook;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes the builds over from dkms's own hook, or gives them back. */
@Command(
    name = "takeover",
    description = {
      "Take builds over from dkms's own hook, or give them back.",
      "enable: mask dkms's kernel-install hook, so that package transactions no longer",
      "wait for builds; kmodkeeper builds right after them. A dkms that builds from",
      "/etc/kernel/postinst.d/dkms, as on EL 7, is not affected.",
      "disable: remove the mask.",
      "status: show which applies."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  kmodkeeper takeover enable"})
final class TakeoverCommand implements Subcommand {
  @Parameters(paramLabel = "enable|disable|status", description = "What to do.")
  private String what = "";

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    var hook = new DkmsHook(host.paths());
    try {
      host.screen().line(perform(hook));
      if (what.equals("status")) {
        hook.other()
            .map(
                other -> other + " builds inside package transactions; takeover does not affect it")
            .ifPresent(host.screen()::line);
      }
    } catch (FileAlreadyExistsException theirs) {
      throw ExitStatus.FAILURE.because(
          hook.mask() + " is your own hook; move it away, then try again");
    } catch (AccessDeniedException denied) {
      throw ExitStatus.NOT_PERMITTED.because("only root may do this: use sudo");
    } catch (IOException failed) {
      throw ExitStatus.FAILURE.because(hook.mask() + ": " + failed);
    }
    return ExitStatus.OK.code();
  }

  private String perform(DkmsHook hook) throws IOException, CommandFailedException {
    return switch (what) {
      case "enable" -> hook.disable() ? "masked: " + hook.mask() : "already masked: " + hook.mask();
      case "disable" -> hook.enable() ? "no longer masked: " + hook.mask() : "was not masked";
      case "status" ->
          hook.isMasked()
              ? "enabled: dkms's hook is masked by " + hook.mask()
              : hook.isThere()
                  ? "disabled: dkms builds inside package transactions"
                  : "disabled: dkms has no kernel-install hook here";
      default ->
          throw ExitStatus.USAGE.because(
              "takeover " + what + ": expected enable, disable or status");
    };
  }
}
