package org.kmodkeeper.observe;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.host.DriverSources;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation.DkmsState;
import org.kmodkeeper.model.Observation.Footprint;
import org.kmodkeeper.model.Policy;

/**
 * What is to be known of a driver before a kernel's tree is looked at.
 *
 * @param source its source, if there is one
 * @param confs what its dkms.conf says, by the kernel's release; empty where that does not matter
 * @param unreadable why it is not known which modules it has; empty if it is
 * @param digest of its source
 */
record DriverFacts(
    Policy policy,
    Optional<DriverSources.Source> source,
    Map<String, DkmsConf> confs,
    String unreadable,
    Footprint footprint,
    DkmsState dkms,
    String digest) {

  /** The driver as that kernel gets it, or null without a source. */
  @Nullable Driver on(Kernel kernel) {
    if (source.isEmpty()) {
      return null;
    }
    List<String> names = policy.modules();
    @Nullable DkmsConf conf = confs.get(kernel.release());
    if (names.isEmpty() && conf != null) {
      names = conf.products().stream().map(DkmsConf.Product::module).toList();
    }
    return new Driver(
        policy.name(),
        source.get().version(),
        source.get().directory(),
        names.isEmpty() ? List.of(policy.name()) : names);
  }

  /** The line of its dkms.conf that keeps it off that kernel; empty if none does. */
  String excludedFrom(Kernel kernel) {
    @Nullable DkmsConf conf = confs.get(kernel.release());
    return conf == null ? "" : conf.excluded();
  }
}
