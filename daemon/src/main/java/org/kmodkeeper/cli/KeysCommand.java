package org.kmodkeeper.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Notification;
import org.kmodkeeper.api.View;
import org.kmodkeeper.build.SigningKeys;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.host.HostIdentity;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.report.KeysReport;
import org.kmodkeeper.signing.Certificates;
import org.kmodkeeper.signing.Enrolment;
import org.kmodkeeper.signing.Enrolment.Change;
import org.kmodkeeper.signing.KeyMaker;
import org.kmodkeeper.signing.KeyMaker.Enrolled;
import org.kmodkeeper.signing.OwnKey;
import org.kmodkeeper.signing.SignaturePolicy;
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
      "enroll: ask shim to enroll the certificate, which somebody confirms at the next boot.",
      "rotate: make another key of the same CA sign; no reboot is needed.",
      "retire: remove the key, and ask shim to delete its certificate if it is enrolled."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  kmodkeeper keys status", "  kmodkeeper keys create && kmodkeeper keys enroll"})
final class KeysCommand implements Subcommand {
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
    if ((rootPassword && !List.of("enroll", "retire").contains(what))
        || (json.wanted() && !what.equals("status"))) {
      throw ExitStatus.USAGE.because("--root-pw is for enroll and retire, --json for status");
    }
    host.requireRoot();
    try {
      switch (what) {
        case "create" -> create(host);
        case "enroll" -> enroll(host);
        case "rotate" -> rotate(host);
        case "retire" -> retire(host);
        default -> status(host);
      }
      return ExitStatus.OK.code();
    } catch (InterruptedException stop) {
      throw ExitStatus.FAILURE.because("interrupted");
    } catch (IOException failed) {
      throw ExitStatus.FAILURE.because(IoErrors.text(failed));
    }
  }

  private static SigningKeys keys(CommandContext host) {
    return new SigningKeys(host.paths(), host.runner());
  }

  private void status(CommandContext host)
      throws IOException, InterruptedException, CommandFailedException {
    var report = KeysReport.read(host.paths(), keys(host), host.settings().certificates());
    if (json.wanted()) {
      JsonOutput.print(View.Provider.DISK, report, host.out());
    } else {
      report.print(host.screen());
    }
  }

  private static X509Certificate certificate(Path file) throws IOException {
    return Certificates.in(file)
        .orElseThrow(() -> new IOException("cannot read the certificate " + file));
  }

  private void enroll(CommandContext host)
      throws IOException, InterruptedException, CommandFailedException {
    Path file =
        keys(host).all().stream()
            .findFirst()
            .orElseThrow(
                () -> ExitStatus.FAILURE.because("there is no key: run 'kmodkeeper keys create'"))
            .enrolled();
    X509Certificate certificate = certificate(file);
    var policy = new SignaturePolicy(host.paths());
    if (policy.isEnrolled(file).orElse(false)) {
      host.screen().line(file + " is enrolled already");
      return;
    }
    if (policy.isPending(certificate)) {
      host.screen()
          .line(file + " waits for the next boot already; to ask anew: mokutil --revoke-import");
      return;
    }
    ask(Change.ENROLL, certificate, host);
  }

  private void retire(CommandContext host)
      throws IOException, InterruptedException, CommandFailedException {
    OwnKey own = OwnKey.of(host.paths());
    if (!own.exists()) {
      throw ExitStatus.FAILURE.because("there is no key of this host's own: " + own.signing());
    }
    X509Certificate certificate = certificate(own.enrolled());
    boolean enrolled = new SignaturePolicy(host.paths()).isEnrolled(own.enrolled()).orElse(false);
    if (enrolled) {
      ask(Change.DELETE, certificate, host);
    }
    own.remove();
    host.tell(new Notification(List.of(), List.of(), false, false, true, "keys"));
    host.screen().line("removed " + own.signing() + ": it signs no more");
    host.screen()
        .line(
            enrolled
                ? "what it signed is accepted until it is deleted at the console: kmodkeeper status"
                : "its certificate is not enrolled");
  }

  private void ask(Change change, X509Certificate certificate, CommandContext host)
      throws IOException, InterruptedException, CommandFailedException {
    var enrolment = new Enrolment(host.runner());
    if (!enrolment.isPossible()) {
      throw ExitStatus.PROGRAM_MISSING.because(
          "mokutil is not installed; " + Advice.on(host.searchPath()).install("mokutil"));
    }
    @Nullable String password = rootPassword ? null : Enrolment.password();
    enrolment.request(change, certificate, password);
    String word = change == Change.ENROLL ? "enroll" : "delete";
    host.screen().line("asked shim to " + word + " " + certificate.getSubjectX500Principal());
    host.screen().line();
    host.screen().line("At the next boot, before the system starts, the console shows MokManager:");
    List.of(
            "press any key within 10 seconds; without it the system starts, and asks no more",
            "choose " + (change == Change.ENROLL ? "Enroll" : "Delete") + " MOK, Continue, Yes",
            password == null ? "enter root's password" : "enter the password: " + password,
            "choose Reboot")
        .forEach(step -> host.screen().line("  - " + step));
    if (password != null) {
      host.screen().line("The password is shown only now. MokManager has an English keyboard.");
    }
  }

  private static void create(CommandContext host)
      throws IOException, InterruptedException, CommandFailedException {
    OwnKey own = OwnKey.of(host.paths());
    if (own.exists()) {
      throw ExitStatus.FAILURE.because(own.signing() + " exists, and signs already");
    }
    var policy = new SignaturePolicy(host.paths());
    List<Kernel> kernels = new KernelInventory(host.paths()).installed();
    Optional<SigningKeys.Found> dkms = keys(host).all().stream().findFirst();
    if (dkms.isPresent()) {
      Optional<String> refusal = refusal(dkms.get(), kernels, policy, host);
      if (refusal.isEmpty()) {
        host.screen()
            .line(
                "dkms's key "
                    + dkms.get().certificate()
                    + " signs here, and every installed kernel takes it once it is enrolled: no"
                    + " other is made");
        host.screen().line("next: kmodkeeper keys enroll");
        return;
      }
      host.screen().line("dkms's key is of no use here: " + refusal.get());
    }
    Enrolled kind = Enrolled.SIGNING_KEY;
    for (Kernel kernel : kernels) {
      kind = policy.takesOnlyCa(kernel) ? Enrolled.AUTHORITY : kind;
    }
    maker(host).create(kind);
    host.screen()
        .line(
            "created "
                + own.signing()
                + (kind == Enrolled.AUTHORITY
                    ? ", issued by the new CA " + own.authority() + ": a kernel takes only a CA"
                    : ""));
    host.tell(new Notification(List.of(), List.of(), false, false, true, "keys"));
    host.screen().line("modules that are built from now on are signed with it");
    host.screen().line("next: kmodkeeper keys enroll");
  }

  /** Why a kernel would refuse what the key signs even if it is enrolled. */
  private static Optional<String> refusal(
      SigningKeys.Found key, List<Kernel> kernels, SignaturePolicy policy, CommandContext host)
      throws IOException, InterruptedException, CommandFailedException {
    X509Certificate certificate = certificate(key.enrolled());
    List<Path> trusted = host.settings().certificates();
    for (Kernel kernel : kernels) {
      SignaturePolicy.Check later = policy.checkEnrolled(certificate, kernel);
      if (!later.result().isAccepted()
          && !policy.check(certificate, kernel, trusted).result().isAccepted()) {
        return Optional.of("kernel " + kernel + ": it " + later.detail());
      }
    }
    return Optional.empty();
  }

  private static void rotate(CommandContext host)
      throws IOException, InterruptedException, CommandFailedException {
    OwnKey own = OwnKey.of(host.paths());
    if (!own.canRotate()) {
      throw ExitStatus.FAILURE.because(
          "there is no CA of this host's own ("
              + own.authority()
              + "): another key would have to be enrolled first");
    }
    maker(host).rotate();
    host.screen()
        .line(
            "replaced "
                + own.signing()
                + ", by authority of the same CA: no reboot is needed, and what the former key"
                + " signed is still accepted");
  }

  private static KeyMaker maker(CommandContext host) {
    return new KeyMaker(
        OwnKey.of(host.paths()), host.runner(), HostIdentity.read(host.paths()).name());
  }
}
