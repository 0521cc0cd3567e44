package org.kmodkeeper.fleet;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.Sha256;

/**
 * What a package is made of. Equal contents make equal packages.
 *
 * @param driver whose package it is
 * @param template the resource that its spec is made from
 * @param name of the package
 * @param version of the package
 * @param architecture of the package
 * @param made when that was built; all times in the package are this one
 * @param words what else stands in the spec, in the places of these words between {@code @}
 * @param files by the path at which each is installed
 */
record PackageContent(
    String driver,
    String template,
    String name,
    String version,
    String architecture,
    Instant made,
    Map<String, String> words,
    Map<String, Content> files) {
  /** Raised when the spec changes what a package is: what is made anew then is an upgrade. */
  private static final int PACKAGING = 1;

  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter CHANGELOG =
      DateTimeFormatter.ofPattern("EEE MMM dd yyyy", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  /**
   * A file's content: that of a file, or a text.
   *
   * @param sha256 its digest
   */
  record Content(String sha256, @Nullable Path file, String text) {
    static Content of(Path file, String sha256) {
      return new Content(sha256, file, "");
    }

    static Content of(String text) {
      return new Content(Sha256.of(text), null, text);
    }

    void writeTo(Path place) throws IOException {
      Files.createDirectories(Objects.requireNonNull(place.getParent()));
      if (file == null) {
        Files.writeString(place, text);
      } else {
        Files.copy(file, place);
      }
    }
  }

  /** A build of the same version that was made later is an upgrade. */
  String release() {
    return PACKAGING + "." + SECONDS.format(made);
  }

  /** Whether the packages for kernels require it. */
  boolean isCommon() {
    return architecture.equals("noarch");
  }

  String fileName() {
    return name + "-" + version + "-" + release() + "." + architecture + ".rpm";
  }

  /** The SHA-256 digest of each file, as the package has it. */
  Map<String, String> digests() {
    Map<String, String> digests = new TreeMap<>();
    files.forEach((path, content) -> digests.put(path, content.sha256()));
    return digests;
  }

  String spec() throws IOException {
    String spec;
    try (InputStream stream = PackageContent.class.getResourceAsStream(template)) {
      spec = new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
    }
    Map<String, String> all = new TreeMap<>(words);
    all.put("driver", driver);
    all.put("name", name);
    all.put("version", version);
    all.put("release", release());
    all.put("date", CHANGELOG.format(made));
    for (Map.Entry<String, String> word : all.entrySet()) {
      spec = spec.replace("@" + word.getKey() + "@", word.getValue());
    }
    return spec;
  }

  /** Whether a package has it. */
  boolean isIn(Rpm.RpmFile one) {
    return isOf(one) && digests().equals(one.digests());
  }

  private boolean isOf(Rpm.RpmFile one) {
    return name().equals(one.name()) && version().equals(one.version());
  }

  /**
   * Whether the newest of these packages has it; or another one that a new package would be the
   * same as.
   *
   * @param packages the newest first
   */
  boolean isAmong(List<Rpm.RpmFile> packages) {
    return packages.stream().filter(this::isOf).limit(1).anyMatch(this::isIn)
        || packages.stream().anyMatch(one -> isIn(one) && release().equals(one.release()));
  }
}
