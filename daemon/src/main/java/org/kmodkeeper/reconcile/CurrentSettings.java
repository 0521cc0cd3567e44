package org.kmodkeeper.reconcile;

import org.kmodkeeper.config.Settings;

/** The settings to use from the next pass or look on. */
final class CurrentSettings {
  private volatile Settings current;

  CurrentSettings(Settings settings) {
    this.current = settings;
  }

  Settings get() {
    return current;
  }

  void set(Settings settings) {
    current = settings;
  }
}
