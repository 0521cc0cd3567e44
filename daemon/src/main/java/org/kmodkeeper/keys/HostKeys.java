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

  /** Makes a key, unless dkms has one that every installed kernel takes once it is enrolled. */
  public void create() throws IOException, InterruptedException, RefusedException {
    OwnKey own = OwnKey.of(paths);
    if (own.exists()) {
      throw new RefusedException(own.signing() + " exists, and signs already");
    }
    var policy = new SignaturePolicy(paths);
    List<Kernel> kernels = new KernelInventory(paths).installed();
    Optional<SigningKeys.Found> dkms = keys().all().stream().findFirst();
    if (dkms.isPresent()) {
      Optional<String> refusal = refusal(dkms.get(), kernels, policy);
      if (refusal.isEmpty()) {
        said.accept(
            "dkms's key "
                + dkms.get().certificate()
                + " signs here, and every installed kernel takes it once it is enrolled: no other"
                + " is made");
        said.accept("next: kmodkeeper keys enroll");
        return;
      }
      said.accept("dkms's key is of no use here: " + refusal.get());
    }
    Enrolled kind = Enrolled.SIGNING_KEY;
    for (Kernel kernel : kernels) {
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
    said.accept("next: kmodkeeper keys enroll");
  }

  /** Why a kernel would refuse what the key signs even if it is enrolled. */
  private Optional<String> refusal(
      SigningKeys.Found key, List<Kernel> kernels, SignaturePolicy policy)
      throws IOException, InterruptedException {
    X509Certificate certificate = KeysReport.Certificate.read(key.enrolled());
    for (Kernel kernel : kernels) {
      SignaturePolicy.Check later = policy.checkEnrolled(certificate, kernel);
      if (!later.result().isAccepted()
          && !policy.check(certificate, kernel, certificates).result().isAccepted()) {
        return Optional.of("kernel " + kernel + ": it " + later.detail());
      }
    }
    return Optional.empty();
  }

  /** Asks shim to enroll the key that signs, or its CA. */
  public void enroll(Password whose) throws IOException, InterruptedException, RefusedException {
    Optional<SigningKeys.Found> key = keys().all().stream().findFirst();
    if (key.isEmpty()) {
      throw new RefusedException("there is no key: run 'kmodkeeper keys create'");
    }
    Path file = key.get().enrolled();
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
    var enrolment = new Enrolment(runner);
    if (!enrolment.isPossible()) {
      throw new MissingProgramException(
          "mokutil is not installed; " + Advice.on(runner.searchPath()).install("mokutil"));
    }
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

  private KeyMaker maker() {
    return new KeyMaker(OwnKey.of(paths), runner, HostIdentity.read(paths).name());
  }
}
