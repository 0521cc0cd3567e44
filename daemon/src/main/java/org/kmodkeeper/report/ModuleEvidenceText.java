package org.kmodkeeper.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.report.EvidenceText.Fact;
import org.kmodkeeper.report.EvidenceText.Mark;

/** The facts about one module: what modprobe does, and whether the file stands up to the kernel. */
final class ModuleEvidenceText {
  private final Explanation of;
  private final Explanation.ModuleFacts module;
  private final List<Fact> facts = new ArrayList<>();

  private ModuleEvidenceText(Explanation of, Explanation.ModuleFacts module) {
    this.of = of;
    this.module = module;
  }

  static EvidenceText of(Explanation.ModuleFacts module, Explanation explanation) {
    var evidence = new ModuleEvidenceText(explanation, module);
    evidence.gather();
    return new EvidenceText("module " + module.name(), evidence.facts);
  }

  private void gather() {
    Explanation.@Nullable FileFacts file = module.resolved();
    modprobe(file);
    settings();
    if (file != null && !file.inTree()) {
      version(file);
      vermagic(file);
      if (module.fit() != null) {
        fit(module.fit());
      }
      initramfs(module.initramfs());
    }
  }

  private void add(Mark mark, String name, String text) {
    facts.add(new Fact(mark, name, text));
  }

  private void modprobe(Explanation.@Nullable FileFacts file) {
    String path = file == null ? "a file" : file.path();
    Explanation.@Nullable FileFacts ours = module.ours();
    boolean wins = file != null && ours != null && ours.path().equals(file.path());
    String trouble = module.trouble() == null ? "" : ": " + module.trouble();
    switch (module.resolution()) {
      case FILE -> {
        String own = file != null && file.inTree() ? "the kernel's own " : "";
        add(wins ? Mark.OK : Mark.BAD, "modprobe", "loads " + own + path);
      }
      case BLACKLISTED ->
          add(Mark.BAD, "modprobe", "loads " + path + ", but only by name: it is blacklisted");
      case NOTHING -> add(Mark.BAD, "modprobe", "knows no such module" + trouble);
      case BUILT_IN -> add(Mark.BAD, "modprobe", "finds it built into the kernel");
      case INSTALL_COMMAND -> add(Mark.BAD, "modprobe", "runs a command instead" + trouble);
      case DAMAGED ->
          add(Mark.BAD, "modprobe", "loads a file that is not a complete module" + trouble);
      case UNREADABLE -> add(Mark.BAD, "modprobe", "failed" + trouble);
    }
    if (ours != null && !wins) {
      add(Mark.BAD, "not used", ours.path() + ", although it is wanted");
    }
  }

  private void settings() {
    String name = "settings";
    for (String line : module.settings()) {
      add(Mark.NONE, name, line);
      name = "";
    }
  }

  private void version(Explanation.FileFacts file) {
    String found = file.version() == null ? "none in the file" : file.version();
    String wanted = of.driver().version();
    switch (file.provenance()) {
      case VERSION -> add(Mark.OK, "version", found + ", as wanted");
      case RECEIPT ->
          add(
              Mark.OK,
              "version",
              found + "; kmodkeeper built it from " + wanted + ", unchanged since");
      case DKMS ->
          add(Mark.OK, "version", found + "; dkms built it from " + wanted + ", unchanged since");
      case PACKAGE ->
          add(
              Mark.OK,
              "version",
              found + "; a package of " + wanted + " installed it, unchanged since");
      case NONE -> add(Mark.BAD, "version", found + ", wanted " + wanted);
    }
  }

  private void vermagic(Explanation.FileFacts file) {
    String wanted = of.vermagic() == null ? of.kernel() : of.vermagic();
    boolean same = file.vermagic().equals(wanted);
    add(
        file.vermagicFits() ? Mark.OK : Mark.BAD,
        "vermagic",
        same ? file.vermagic() : file.vermagic() + ", wanted " + wanted);
  }

  private void fit(Fit fit) {
    if (fit.symvers() == null) {
      add(Mark.BAD, "symbols", "the kernel has no symbol list to compare with");
    } else {
      boolean all = fit.symbolTroubles().isEmpty();
      String result = all ? ", none differs" : "";
      add(
          all ? Mark.OK : Mark.BAD,
          "symbols",
          fit.compared() + " CRCs compared with " + fit.symvers() + result);
      fit.symbolTroubles().forEach(trouble -> add(Mark.BAD, "", trouble));
    }
    if (fit.dependencies().isEmpty()) {
      add(Mark.NONE, "dependencies", "none");
    }
    String name = "dependencies";
    for (Path file : fit.dependencies()) {
      boolean missing = fit.missingDependencies().contains(file);
      add(missing ? Mark.BAD : Mark.OK, name, missing ? file + " does not exist" : file.toString());
      name = "";
    }
    switch (fit.signature()) {
      case NOT_NEEDED ->
          add(Mark.NONE, "signature", fit.signer() + "; the kernel does not require one");
      case ACCEPTED ->
          add(
              Mark.OK,
              "signature",
              fit.signer() + "; " + of.signaturesEnforcedBy() + " requires it");
      case ABSENT, UNKNOWN_KEY, NOT_YET_ENROLLED, NOT_A_CA, LIST_NOT_TRUSTED, REVOKED, BROKEN ->
          add(Mark.BAD, "signature", fit.signer());
    }
  }

  private void initramfs(@Nullable InitramfsCopy copy) {
    if (copy == null) {
      return;
    }
    switch (copy.match()) {
      case NO_IMAGE -> add(Mark.NONE, "initramfs", "the kernel has none");
      case NO_COPY -> add(Mark.NONE, "initramfs", copy.image() + " contains no copy");
      case SAME_BUILD -> add(Mark.OK, "initramfs", copy.image() + " contains the same build");
      case OTHER_BUILD, UNREADABLE -> add(Mark.BAD, "initramfs", String.valueOf(copy.detail()));
    }
  }
}
