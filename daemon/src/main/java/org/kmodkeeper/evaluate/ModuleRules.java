package org.kmodkeeper.evaluate;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.ModuleFile.VermagicFit;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.model.Verdict;

/** Says what an observed module means; each finding names what was expected and found. */
public final class ModuleRules {
  private ModuleRules() {}

  public static Finding judge(Kernel kernel, Driver driver, Observation.Module module) {
    return switch (module.resolution()) {
      case BUILT_IN ->
          finding(
              Verdict.BUILT_IN,
              module.name() + " is built into the kernel; no module can replace it");
      case INSTALL_COMMAND ->
          new Finding(
              Verdict.REPLACED,
              "modprobe.d runs a command instead of loading "
                  + module.name()
                  + ": "
                  + module.trouble(),
              "remove the line that this finds: grep -rw " + module.name() + " /etc/modprobe.d");
      case DAMAGED -> finding(Verdict.DAMAGED, String.valueOf(module.trouble()));
      case UNREADABLE -> finding(Verdict.UNKNOWN, String.valueOf(module.trouble()));
      case NOTHING -> finding(Verdict.MISSING, absent(driver));
      case FILE, BLACKLISTED ->
          resolved(kernel, driver, module, Objects.requireNonNull(module.resolved()));
    };
  }

  private static Finding resolved(
      Kernel kernel, Driver driver, Observation.Module module, ModuleFile resolved) {
    ModuleFile ours = module.ours();
    if (ours != null && !ours.equals(resolved)) {
      return new Finding(
          Verdict.SHADOWED,
          "modprobe resolves " + resolved.path() + " before " + ours.path(),
          "remove " + resolved.path() + " and run depmod " + kernel);
    }
    if (resolved.place() == Place.IN_TREE) {
      return finding(Verdict.MISSING, absent(driver));
    }
    if (resolved.vermagicFit() == VermagicFit.DIFFERS) {
      return finding(
          Verdict.VERMAGIC_MISMATCH,
          resolved.path() + " was built for " + resolved.vermagic() + ", expected " + kernel);
    }
    if (resolved.provenance() == Provenance.NONE) {
      return finding(
          Verdict.WRONG_VERSION,
          resolved.path() + " is " + version(resolved) + ", expected " + driver.version());
    }
    return ours(kernel, module, resolved, module.fit());
  }

  /** The right file is in the right place: whether it would load. */
  private static Finding ours(
      Kernel kernel, Observation.Module module, ModuleFile file, @Nullable Fit fit) {
    if (fit == null || fit.symvers() == null) {
      return new Finding(
          Verdict.UNKNOWN,
          "the kernel has no symbol list to compare " + file.path() + " with",
          "install the kernel's headers");
    }
    if (!fit.missingDependencies().isEmpty()) {
      return new Finding(
          Verdict.MISSING_DEPENDENCY,
          module.name()
              + " needs "
              + fit.missingDependencies().get(0)
              + ", which does not exist or which modprobe does not load",
          "install the package that owns it, then run depmod "
              + kernel
              + "; if it exists: grep -rw install /etc/modprobe.d");
    }
    if (!fit.symbolTroubles().isEmpty()) {
      return finding(
          Verdict.SYMBOL_MISMATCH,
          file.path() + ": " + fit.symbolTroubles().get(0) + " (by " + fit.symvers() + ")");
    }
    if (fit.signature() == Fit.Signature.BROKEN) {
      return finding(Verdict.DAMAGED, file.path() + ": " + fit.signer());
    }
    if (!fit.signature().isAccepted()) {
      return new Finding(
          Verdict.UNSIGNED, file.path() + ": " + fit.signer(), signatureAdvice(fit.signature()));
    }
    if (module.resolution() == Resolution.BLACKLISTED) {
      String trouble = module.trouble();
      if (trouble != null) {
        return new Finding(
            Verdict.BLACKLISTED,
            trouble,
            "remove it from the boot entry's options; for the running kernel that takes effect"
                + " after a reboot");
      }
      return new Finding(
          Verdict.BLACKLISTED,
          "modprobe.d blacklists " + module.name() + "; it is not loaded for its device",
          "remove the line that this finds: grep -rw " + module.name() + " /etc/modprobe.d");
    }
    InitramfsCopy copy = module.initramfs();
    if (copy != null && !copy.fits()) {
      return new Finding(
          Verdict.STALE_INITRAMFS,
          String.valueOf(copy.detail()),
          "regenerate it: dracut --force " + copy.image() + " " + kernel);
    }
    return finding(Verdict.READY, evidence(kernel, file));
  }

  private static String signatureAdvice(Fit.Signature signature) {
    return switch (signature) {
      case NOT_YET_ENROLLED ->
          "reboot with somebody at the console, who chooses Enroll MOK and enters the password";
      case NOT_A_CA -> "make and enroll a CA, which the kernel takes: kmodkeeper keys enroll";
      case LIST_NOT_TRUSTED -> "mokutil --trust-mok, then reboot and confirm it on the console";
      case REVOKED -> "sign with another key, and enroll it: kmodkeeper keys status";
      case ABSENT, UNKNOWN_KEY, NOT_NEEDED, ACCEPTED, BROKEN ->
          "enroll the key that signs: kmodkeeper keys enroll";
    };
  }

  private static String absent(Driver driver) {
    return driver.name() + " " + driver.version() + " is not in the kernel's tree";
  }

  private static String version(ModuleFile file) {
    String version = file.version();
    return version == null ? "of unknown version" : "version " + version;
  }

  private static String evidence(Kernel kernel, ModuleFile file) {
    String shown =
        switch (file.provenance()) {
          case VERSION -> "version " + file.version();
          case RECEIPT -> "built by kmodkeeper, unchanged since";
          case DKMS -> "built by dkms, unchanged since";
          case PACKAGE -> "installed by a package, unchanged since";
          case NONE -> "of unknown origin";
        };
    String builtFor = "";
    if (!file.builtFor().equals(kernel.release())) {
      builtFor =
          (file.place() == Place.BORROWED ? ", a link to the build for " : ", built for ")
              + file.builtFor();
    }
    return file.path() + ", " + shown + builtFor;
  }

  private static Finding finding(Verdict verdict, String detail) {
    return new Finding(verdict, detail, null);
  }
}
