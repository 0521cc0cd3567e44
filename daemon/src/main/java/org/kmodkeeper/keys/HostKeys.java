package org.kmodkeeper.keys;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.SigningKeys;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.host.HostIdentity;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.signing.Enrolment;
import org.kmodkeeper.signing.Enrolment.Change;
import org.kmodkeeper.signing.KeyMaker;
import org.kmodkeeper.signing.KeyMaker.Enrolled;
import org.kmodkeeper.signing.OwnKey;
import org.kmodkeeper.signing.SignaturePolicy;

/** The keys of a host that sign modules, and what can be done with them. */
public final class HostKeys {
  private static final String HOW =
      "; to replace it by a CA: kmodkeeper keys retire, then kmodkeeper keys enroll";

  private final HostPaths paths;
  private final CommandRunner runner;
  private final List<Path> certificates;
  private final Consumer<String> said;

  /**
   * Reads nothing yet.
   *
   * @param certificates files that the operator says the kernels accept
   * @param said is told what was done, line by line
   */
  public HostKeys(
      HostPaths paths, CommandRunner runner, List<Path> certificates, Consumer<String> said) {
    this.paths = paths;
    this.runner = runner;
    this.certificates = List.copyOf(certificates);
    this.said = said;
  }

  /** Whose password the console asks for. */
  public enum Password {
    /** Made now, shown, and kept nowhere. */
    FOR_ONCE,
    OF_ROOT
  }

  /** It cannot be done; the message says why. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    RefusedException(String message) {
      super(message);
    }
  }

  /** A program is not installed; the message has the command that installs it. */
  public static final class MissingProgramException extends IOException {
    private static final long serialVersionUID = 1;

    MissingProgramException(String message) {
      super(message);
    }
  }

  /** The keys, and what each installed kernel makes of the one that signs. */
  public KeysReport report() throws IOException, InterruptedException {
    return KeysReport.read(paths, keys(), certificates);
  }

  private SigningKeys keys() {
    return new SigningKeys(paths, runner);
  }

  /** Makes a key, unless there is one that serves: of this host's own, or of dkms. */
  public void create() throws IOException, InterruptedException, RefusedException {
    OwnKey own = OwnKey.of(paths);
    if (own.exists()) {
      String reason = refusal(keys().all().get(0)).map(why -> "; " + why + HOW).orElse("");
      throw new RefusedException(own.signing() + " exists, and signs already" + reason);
    }
    ensure();
    said.accept("next: kmodkeeper keys enroll");
  }

  private void ensure() throws IOException, InterruptedException {
    Optional<SigningKeys.Found> first = keys().all().stream().findFirst();
    if (first.isPresent()) {
      Optional<String> refusal = refusal(first.get());
      if (refusal.isEmpty()) {
        said.accept("no key is made: " + first.get().key() + " signs here");
        return;
      }
      said.accept(first.get().key() + " is of no use here: " + refusal.get());
    }
    OwnKey own = OwnKey.of(paths);
    Enrolled kind = Enrolled.SIGNING_KEY;
    var policy = new SignaturePolicy(paths);
    for (Kernel kernel : new KernelInventory(paths).installed()) {
      kind = policy.takesOnlyCa(kernel) ? Enrolled.AUTHORITY : kind;
    }
    maker().create(kind);
    said.accept(
        "created "
            + own.signing()
            + (kind == Enrolled.AUTHORITY
                ? ", issued by the new CA " + own.authority() + ": a kernel takes only a CA"
                : ""));
    said.accept("modules that are built from now on are signed with it");
  }

  /** The kernel that takes only a CA, where the key is none; another key would not help else. */
  private Optional<String> refusal(SigningKeys.Found key) throws IOException, InterruptedException {
    X509Certificate certificate = KeysReport.Certificate.read(key.enrolled());
    var policy = new SignaturePolicy(paths);
    for (Kernel kernel : new KernelInventory(paths).installed()) {
      SignaturePolicy.Check later = policy.checkEnrolled(certificate, kernel);
      if (later.result() == Fit.Signature.NOT_A_CA
          && !policy.check(certificate, kernel, certificates).result().isAccepted()) {
        return Optional.of("kernel " + kernel + ": it " + later.detail());
      }
    }
    return Optional.empty();
  }

  /** Asks shim to enroll the key that signs, or its CA; makes one first where none serves. */
  public void enroll(Password whose) throws IOException, InterruptedException {
    Optional<SigningKeys.Found> first = keys().all().stream().findFirst();
    Optional<String> refusal = first.isPresent() ? refusal(first.get()) : Optional.empty();
    if (OwnKey.of(paths).exists()) {
      // Other kernels take it, and what it signed: it goes only when somebody says so.
      refusal.ifPresent(why -> said.accept(why + HOW));
    } else if (first.isEmpty() || refusal.isPresent()) {
      requireMokutil();
      ensure();
    }
    Path file = keys().all().get(0).enrolled();
    X509Certificate certificate = KeysReport.Certificate.read(file);
    var policy = new SignaturePolicy(paths);
    if (policy.isEnrolled(file).orElse(false)) {
      said.accept(file + " is enrolled already");
    } else if (policy.isPending(certificate)) {
      said.accept(file + " waits for the next boot already; to ask anew: mokutil --revoke-import");
    } else {
      ask(Change.ENROLL, certificate, whose);
    }
  }

  /** Makes another key of the same CA sign. */
  public void rotate() throws IOException, InterruptedException, RefusedException {
    OwnKey own = OwnKey.of(paths);
    if (!own.canRotate()) {
      throw new RefusedException(
          "there is no CA of this host's own ("
              + own.authority()
              + "): another key would have to be enrolled first");
    }
    maker().rotate();
    said.accept(
        "replaced "
            + own.signing()
            + ", by authority of the same CA: no reboot is needed, and what the former key signed"
            + " is still accepted");
  }

  /** Removes this host's own key, once shim is asked to delete its certificate. */
  public void retire(Password whose) throws IOException, InterruptedException, RefusedException {
    OwnKey own = OwnKey.of(paths);
    if (!own.exists()) {
      throw new RefusedException("there is no key of this host's own: " + own.signing());
    }
    boolean enrolled = new SignaturePolicy(paths).isEnrolled(own.enrolled()).orElse(false);
    if (enrolled) {
      ask(Change.DELETE, KeysReport.Certificate.read(own.enrolled()), whose);
    }
    own.remove();
    said.accept("removed " + own.signing() + ": it signs no more");
    said.accept(
        enrolled
            ? "what it signed counts as refused from now on: kmodkeeper status"
            : "its certificate is not enrolled");
  }

  private void ask(Change change, X509Certificate certificate, Password whose)
      throws IOException, InterruptedException {
    Enrolment enrolment = requireMokutil();
    @Nullable String password = whose == Password.OF_ROOT ? null : Enrolment.password();
    enrolment.request(change, certificate, password);
    String word = change == Change.ENROLL ? "enroll" : "delete";
    said.accept("asked shim to " + word + " " + certificate.getSubjectX500Principal());
    said.accept("");
    said.accept("At the next boot, before the system starts, the console shows MokManager:");
    List.of(
            "press any key within 10 seconds; without it the system starts, and asks no more",
            "choose " + (change == Change.ENROLL ? "Enroll" : "Delete") + " MOK, Continue, Yes",
            password == null ? "enter root's password" : "enter the password: " + password,
            "choose Reboot")
        .forEach(step -> said.accept("  - " + step));
    if (password != null) {
      said.accept("The password is shown only now. MokManager has an English keyboard.");
    }
  }

  private Enrolment requireMokutil() throws MissingProgramException {
    var enrolment = new Enrolment(runner);
    if (!enrolment.isPossible()) {
      throw new MissingProgramException(
          "mokutil is not installed; " + Advice.on(runner.searchPath()).install("mokutil"));
    }
    return enrolment;
  }

  private KeyMaker maker() {
    return new KeyMaker(OwnKey.of(paths), runner, HostIdentity.read(paths).name());
  }
}
