package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.build.DkmsConf.Autoinstall;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Observation.DkmsState;
import org.kmodkeeper.model.Remedy;

/** Whether dkms can build each driver, and will do so automatically. */
record DkmsConfCheck(DoctorContext context) implements Check {
  @Override
  public String name() {
    return "dkms.conf";
  }

  @Override
  public List<Diagnosis> examine() throws IOException, InterruptedException {
    List<Diagnosis> found = new ArrayList<>();
    for (Explanation one : context.drivers()) {
      Optional<Driver> driver = DoctorContext.source(one, context.paths());
      if (driver.isPresent()) {
        found.addAll(examine(driver.get(), one));
      }
    }
    return found.isEmpty() ? List.of(note("there is no source", null)) : found;
  }

  private List<Diagnosis> examine(Driver driver, Explanation of) throws InterruptedException {
    Path file = driver.source().resolve("dkms.conf");
    if (!Files.exists(file)) {
      return List.of(note("driver " + driver.name() + " has none; it is built by make", null));
    }
    DkmsConf conf;
    try {
      conf = context.conf(driver);
    } catch (IOException broken) {
      return List.of(bad(String.valueOf(broken.getMessage()), "bash -n " + Shell.word(file)));
    }
    List<Diagnosis> found = new ArrayList<>();
    if (!conf.version().isEmpty() && !conf.version().equals(driver.version())) {
      found.add(
          bad(
              file + ": PACKAGE_VERSION is " + conf.version() + ", unlike its directory's name",
              "sed -i 's/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\""
                  + driver.version()
                  + "\"/' "
                  + file));
    }
    if (conf.products().isEmpty()) {
      found.add(
          bad(file + ": BUILT_MODULE_NAME names no module", "${EDITOR:-vi} " + Shell.word(file)));
    }
    if (conf.autoinstall() == Autoinstall.NO && context.has("dkms")) {
      found.add(
          bad(
              file + ": without AUTOINSTALL, dkms does not build for new kernels",
              "echo 'AUTOINSTALL=\"yes\"' >> " + Shell.word(file)));
    }
    if (of.dkms() == DkmsState.NOT_REGISTERED && of.remedies().contains(Remedy.DKMS)) {
      String which = driver.name() + "/" + driver.version();
      found.add(bad("dkms does not know " + which, "dkms add " + which));
    }
    return found.isEmpty() ? List.of(ok(file.toString())) : found;
  }
}
