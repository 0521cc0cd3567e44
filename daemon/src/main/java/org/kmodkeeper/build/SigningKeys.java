package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.signing.OwnKey;

/** The keys on this host that modules may be signed with, first the one that is. */
public final class SigningKeys {
  private final HostPaths paths;
  private final DkmsConfReader confs;

  public SigningKeys(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.confs = new DkmsConfReader(paths, runner);
  }

  /** Whose key it is. */
  public enum Owner {
    KMODKEEPER,
    DKMS
  }

  /**
   * A key that is there.
   *
   * @param key a file, or a {@code pkcs11:} address
   * @param certificate that of the key
   * @param enrolled the certificate that is to be enrolled
   */
  public record Found(Owner owner, String key, Path certificate, Path enrolled) {}

  /** This host's own, if there is one, then that of dkms. */
  public List<Found> all() throws IOException, InterruptedException {
    OwnKey own = OwnKey.of(paths);
    Optional<Found> first =
        own.exists()
            ? Optional.of(
                new Found(
                    Owner.KMODKEEPER, own.signing().toString(), own.signing(), own.enrolled()))
            : Optional.empty();
    return Stream.concat(first.stream(), ofDkms().stream()).toList();
  }

  private Optional<Found> ofDkms() throws IOException, InterruptedException {
    DkmsConf.Signing told = told();
    Path usual = paths.dkmsTree();
    String key = told.key().isEmpty() ? usual.resolve("mok.key").toString() : told.key();
    Path certificate =
        told.certificate().isEmpty() ? usual.resolve("mok.pub") : Path.of(told.certificate());
    boolean there = key.startsWith("pkcs11:") || Files.exists(Path.of(key));
    return there && Files.exists(certificate)
        ? Optional.of(new Found(Owner.DKMS, key, certificate, certificate))
        : Optional.empty();
  }

  /** What framework.conf says; a driver without a dkms.conf adds nothing to it. */
  private DkmsConf.Signing told() throws IOException, InterruptedException {
    Optional<Kernel> kernel = new KernelInventory(paths).installed().stream().findFirst();
    if (kernel.isEmpty() || !Files.isDirectory(paths.dkmsConfiguration())) {
      return new DkmsConf.Signing("", "", "");
    }
    var none = new Driver("none", "0", paths.dkmsConfiguration(), List.of("none"));
    Path headers = paths.tree(kernel.get()).resolve("build");
    return confs.describe(none, new DkmsConfReader.Target(kernel.get(), headers)).signing();
  }
}
