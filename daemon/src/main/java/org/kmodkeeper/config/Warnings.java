package org.kmodkeeper.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.host.UserGroups;
import org.kmodkeeper.signing.Certificates;
import org.kmodkeeper.text.TextSanitizer;

/**
 * Settings that can be used and have no effect on this host: each a line, {@code file:line: what}.
 *
 * <p>They are no problems: name services may know the group later, and a signature that nobody
 * vouches for is not accepted.
 */
final class Warnings {
  private final Path file;
  private final List<String> lines = new ArrayList<>();

  private Warnings(Path file) {
    this.file = file;
  }

  /** Those of the daemon's file; what cannot be used at all is left to {@link Problems}. */
  static List<String> of(Path file) {
    var warnings = new Warnings(file);
    if (Files.exists(file)) {
      for (IniFile.Entry entry : IniFile.read(file, new Problems()).entries()) {
        try {
          warnings.examine(entry);
        } catch (IllegalArgumentException unusable) {
          // A problem, and reported as such.
        }
      }
    }
    return List.copyOf(warnings.lines);
  }

  private void examine(IniFile.Entry entry) {
    if (entry.key().equals("group") && !entry.value().isEmpty()) {
      String group = Value.name(entry.value());
      if (!UserGroups.exists(group)) {
        add(entry, group, "this host has no such group, only root may change anything");
      }
    } else if (entry.key().equals("certificates")) {
      for (Path named : Value.files(entry.value())) {
        if (!holdsCertificate(named)) {
          add(entry, named.toString(), "no certificate in DER or PEM form, ignoring it");
        }
      }
    }
  }

  private static boolean holdsCertificate(Path named) {
    try {
      return Certificates.in(named).isPresent();
    } catch (IOException unreadable) {
      return false;
    }
  }

  private void add(IniFile.Entry entry, String value, String what) {
    String setting = entry.key() + " = " + TextSanitizer.quoted(value);
    lines.add(file + ":" + entry.line() + ": " + setting + ": " + what);
  }
}
