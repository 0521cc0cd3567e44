package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.DriverSources;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** Makes an adopted version the one that dkms installs and the daemon keeps. */
final class DriverRegistration {
  private final HostPaths paths;
  private final Dkms dkms;
  private final StepRunner steps;

  DriverRegistration(HostPaths paths, CommandRunner runner, StepRunner steps) {
    this.paths = paths;
    this.dkms = new Dkms(paths, runner);
    this.steps = steps;
  }

  /**
   * Registers the source, which is in place. Other versions stay registered, so that one can go
   * back.
   */
  void register(AnalyzedSource candidate) throws IOException, InterruptedException {
    Identity identity = candidate.identity();
    if (dkms.isInstalled()) {
      retireNewer(identity);
      add(identity);
    } else {
      steps.line("dkms", "not installed; the daemon builds without it");
    }
    keep(identity);
  }

  /** dkms installs the newest version that has AUTOINSTALL, whichever is pinned. */
  private void retireNewer(Identity identity) throws IOException, InterruptedException {
    for (DriverSources.Source other : dkms.versions(identity.name())) {
      if (Kernel.VERSION_ORDER.compare(other.version(), identity.version()) > 0) {
        retire(other);
      }
    }
  }

  private void retire(DriverSources.Source other) throws IOException, InterruptedException {
    String text = DkmsConfFile.text(other.directory());
    String retired = text.isEmpty() ? "" : DkmsConfFile.set(text, "AUTOINSTALL", "");
    if (!retired.equals(text)) {
      steps.change(
          "dkms",
          other.version() + " loses AUTOINSTALL: " + other.directory().resolve(DkmsConfFile.NAME),
          () -> DkmsConfFile.replace(other.directory(), retired));
    }
  }

  private void add(Identity identity) throws IOException, InterruptedException {
    if (dkms.isRegistered(identity.name(), identity.version())) {
      steps.line("dkms", "already registered");
    } else {
      steps.change(
          "dkms",
          identity.name() + "/" + identity.version() + " is registered",
          () -> register(identity));
    }
  }

  private void register(Identity identity) throws IOException, InterruptedException {
    Completed added = dkms.add(identity.name(), identity.version());
    if (added.succeeded() && !dkms.isRegistered(identity.name(), identity.version())) {
      throw new IOException(
          "dkms add %s/%s: exited with status 0 and registered nothing: %s"
              .formatted(identity.name(), identity.version(), added.complaint()));
    }
    if (!added.succeeded()) {
      steps.line("dkms", "refuses it, so the daemon builds without dkms: " + added.complaint());
    }
  }

  private void keep(Identity identity) throws IOException, InterruptedException {
    Path file = paths.driverConfiguration(identity.name());
    String before = Files.exists(file) ? Files.readString(file) : "";
    String after = DriverFile.keeping(before, identity);
    String line = file + ": version = " + identity.version();
    if (after.equals(before)) {
      steps.line("configuration", line + " already");
    } else {
      steps.change("configuration", line, () -> AtomicFile.write(file, after));
    }
  }
}
