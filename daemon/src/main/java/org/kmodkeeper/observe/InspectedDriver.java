package org.kmodkeeper.observe;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.host.DriverSources;
import org.kmodkeeper.host.PackagedDriver;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverFacts;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;

/**
 * What is known of a driver before a kernel's tree is read.
 *
 * @param source its source, or null if there is none
 * @param confs what its dkms.conf says, by the kernel's release; empty where that does not matter
 * @param unreadable why it is not known which modules it has, or null if it is
 * @param digest of its source, or of what packages tell of it; null without either
 * @param packaged what packages tell of that version, or null
 */
record InspectedDriver(
    Policy policy,
    DriverSources.@Nullable Source source,
    Map<String, DkmsConf> confs,
    @Nullable String unreadable,
    DriverFacts.Footprint footprint,
    DriverFacts.DkmsState dkms,
    @Nullable String digest,
    @Nullable PackagedDriver packaged) {

  /** The driver as that kernel gets it. */
  DriverFacts on(Kernel kernel) {
    @Nullable DkmsConf conf = confs.get(kernel.release());
    String excluded = conf == null || conf.excluded().isEmpty() ? null : conf.excluded();
    return new DriverFacts(driver(conf), excluded, footprint, dkms, supply());
  }

  private DriverFacts.Supply supply() {
    if (packaged == null) {
      return DriverFacts.Supply.SOURCE;
    }
    return source != null && Files.isDirectory(source.directory())
        ? DriverFacts.Supply.BOTH
        : DriverFacts.Supply.PACKAGES;
  }

  private @Nullable Driver driver(@Nullable DkmsConf conf) {
    if (source == null) {
      return null;
    }
    List<String> names = policy.modules();
    if (names.isEmpty() && conf != null) {
      names = conf.products().stream().map(DkmsConf.Product::module).toList();
    }
    if (names.isEmpty() && packaged != null) {
      names = packaged.modules();
    }
    return new Driver(
        policy.name(),
        source.version(),
        source.directory(),
        names.isEmpty() ? List.of(policy.name()) : names);
  }
}
