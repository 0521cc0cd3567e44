package org.kmodkeeper.observe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.DriverSources;
import org.kmodkeeper.host.DriverSources.Source;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.PackagedDriver;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.DriverFacts.Footprint;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Policy.Origin;

/**
 * Reads what is known of drivers apart from the kernels' trees: their sources and what dkms knows
 * of them.
 */
final class DriverInspector {
  private final HostPaths paths;
  private final Dkms dkms;
  private final DkmsConfs confs;
  private final DriverSources sources;
  private final InstallReceipts receipts;
  private final OutOfTreeModules added;
  private final ModuleReader reader;

  DriverInspector(HostPaths paths, Dkms dkms, DkmsConfs confs, ModuleReader reader) {
    this.paths = paths;
    this.dkms = dkms;
    this.confs = confs;
    this.sources = new DriverSources(paths);
    this.receipts = new InstallReceipts(paths);
    this.added = new OutOfTreeModules(paths);
    this.reader = reader;
  }

  /** What a dkms.conf says by the kernels' releases; nothing where it cannot be read, and why. */
  private record Conf(Map<String, DkmsConf> byRelease, @Nullable String trouble) {
    static final Conf NOT_NEEDED = new Conf(Map.of(), null);
  }

  /** The names of the drivers that packages tell of. */
  List<String> packaged() throws IOException {
    return PackagedDriver.names(paths);
  }

  InspectedDriver inspect(List<Kernel> kernels, Policy policy)
      throws IOException, InterruptedException {
    @Nullable Source own =
        (policy.origin() == Origin.DKMS
                ? dkms.newest(policy.name())
                : sources.find(policy.name(), policy.version()))
            .orElse(null);
    Packaged told = packaged(policy, own);
    @Nullable PackagedDriver packaged = told.driver();
    @Nullable Source source = own == null ? told.source() : own;
    Conf conf = own == null ? new Conf(Map.of(), told.trouble()) : read(kernels, policy, own);
    return new InspectedDriver(
        policy,
        source,
        conf.byRelease(),
        conf.trouble(),
        source == null ? footprint(kernels, policy) : Footprint.USED_BEFORE,
        dkmsState(policy, own),
        digest(policy, own, packaged),
        packaged);
  }

  /** What packages tell of a driver; nothing where that cannot be read, and why. */
  private record Packaged(
      @Nullable PackagedDriver driver, @Nullable Source source, @Nullable String trouble) {
    static final Packaged NOT = new Packaged(null, null, null);
  }

  /** Nothing where packages have another version than the one that is wanted. */
  private Packaged packaged(Policy policy, @Nullable Source own) {
    @Nullable String wanted = own == null ? policy.version() : own.version();
    try {
      @Nullable PackagedDriver told = PackagedDriver.of(paths, policy.name()).orElse(null);
      return told == null || (wanted != null && !told.version().equals(wanted))
          ? Packaged.NOT
          : new Packaged(told, sources.place(told.driver(), told.version()), null);
    } catch (IOException unreadable) {
      String version = Objects.requireNonNullElse(wanted, "unknown");
      return new Packaged(null, sources.place(policy.name(), version), IoErrors.text(unreadable));
    }
  }

  /** What dkms.conf says, where something of it is needed: it takes bash to read one. */
  private Conf read(List<Kernel> kernels, Policy policy, Source source)
      throws InterruptedException {
    Path file = source.directory().resolve("dkms.conf");
    boolean isToNameModules = policy.modules().isEmpty();
    try {
      boolean needed =
          Files.exists(file)
              && (isToNameModules
                  || Files.readString(file, ISO_8859_1).contains("BUILD_EXCLUSIVE"));
      return needed ? new Conf(confs.of(kernels, policy.name(), source), null) : Conf.NOT_NEEDED;
    } catch (IOException unreadable) {
      // Where the modules are known, they can be judged, and a build will tell why it fails.
      return isToNameModules
          ? new Conf(Map.of(), "cannot read its dkms.conf: " + IoErrors.text(unreadable))
          : Conf.NOT_NEEDED;
    }
  }

  /** Whether anything on this host shows that the driver was in use. */
  private Footprint footprint(List<Kernel> kernels, Policy policy)
      throws IOException, InterruptedException {
    if (dkms.isRegistered(policy.name()) || receipts.anyOf(policy.name())) {
      return Footprint.USED_BEFORE;
    }
    List<String> names = policy.modules().isEmpty() ? List.of(policy.name()) : policy.modules();
    for (Kernel kernel : kernels) {
      for (String module : names) {
        for (Path copy : added.of(kernel, module)) {
          if (!cameWithKernel(copy)) {
            return Footprint.USED_BEFORE;
          }
        }
      }
    }
    return Footprint.NEVER_USED;
  }

  /** Kernels' packages keep some of their own modules in extra/. */
  private boolean cameWithKernel(Path module) throws IOException, InterruptedException {
    try {
      return reader.read(module).origin() == ModuleContent.Origin.KERNEL;
    } catch (DamagedModuleException damaged) {
      return false;
    }
  }

  private DkmsState dkmsState(Policy policy, @Nullable Source source) {
    if (!dkms.isInstalled()) {
      return DkmsState.NOT_INSTALLED;
    }
    return source != null && dkms.isRegistered(policy.name(), source.version())
        ? DkmsState.REGISTERED
        : DkmsState.NOT_REGISTERED;
  }

  /**
   * The driver's source, and what of dkms's configuration is about it: that which overrides its
   * dkms.conf, its patches and scripts, and the framework's.
   */
  private @Nullable String digest(
      Policy policy, @Nullable Source source, @Nullable PackagedDriver packaged)
      throws IOException {
    var digest = new InputDigest();
    if (packaged != null) {
      digest.add(packaged);
    }
    if (source == null) {
      return packaged == null ? null : digest.text();
    }
    digest.addTree(source.directory());
    for (Path file : SourceIdentity.configuration(paths, policy.name())) {
      if (Files.isDirectory(file)) {
        digest.addTree(file);
      } else {
        digest.addFile(file);
      }
    }
    return digest.text();
  }
}
