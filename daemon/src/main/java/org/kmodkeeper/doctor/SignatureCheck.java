package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.signing.SignaturePolicy;

/**
 * Whether modules can be signed so that kernels accept them, where kernels insist on that: by the
 * machine owner's key, which dkms keeps and the owner has enrolled.
 */
record SignatureCheck(DoctorContext context) implements Check {
  @Override
  public String name() {
    return "signatures";
  }

  @Override
  public List<Diagnosis> examine() throws IOException, InterruptedException {
    var policy = new SignaturePolicy(context.paths());
    Map<Kernel, String> enforced = new LinkedHashMap<>();
    for (Kernel kernel : context.kernels()) {
      policy.enforcedBy(kernel).ifPresent(reason -> enforced.put(kernel, reason));
    }
    if (enforced.isEmpty()) {
      return List.of(ok("no kernel requires signed modules"));
    }
    String why = String.join(", ", enforced.values().stream().distinct().toList());
    return List.of(examine(why, policy));
  }

  private Diagnosis examine(String why, SignaturePolicy policy)
      throws IOException, InterruptedException {
    DkmsConf.Signing signing = context.signing();
    Path key = or(signing.key(), "mok.key");
    Path certificate = or(signing.certificate(), "mok.pub");
    if (!Files.exists(certificate)) {
      return bad(
          why + " requires signed modules, and there is no key: " + key,
          "mkdir -p "
              + directories(key, certificate)
              // An older openssl makes the key readable for all.
              + " && install -m 600 /dev/null "
              + Shell.word(key)
              + " && openssl req -new -x509 -newkey rsa:2048 -nodes -days 36500 -subj '/CN=DKMS"
              + " module signing/' -outform DER -keyout "
              + Shell.word(key)
              + " -out "
              + Shell.word(certificate));
    }
    String enroll = "mokutil --import " + Shell.word(certificate) + " && reboot";
    Optional<Boolean> enrolled = policy.isEnrolled(certificate);
    if (enrolled.isEmpty()) {
      return unknown(why + ": cannot read which keys are enrolled", "sudo kmodkeeper doctor");
    }
    return enrolled.get()
        ? ok(why + ": " + certificate + " is enrolled")
        : bad(why + " requires signed modules, and " + certificate + " is not enrolled", enroll);
  }

  private Path or(String configured, String usual) {
    return configured.isEmpty() ? context.paths().dkmsTree().resolve(usual) : Path.of(configured);
  }

  private static String directories(Path... files) {
    return Stream.of(files)
        .map(Path::getParent)
        .filter(Objects::nonNull)
        .distinct()
        .map(Shell::word)
        .collect(Collectors.joining(" "));
  }
}
