package org.kmodkeeper.model;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What will become of a driver on a kernel that a repository offers and that is not installed.
 *
 * @param at when it was found out
 * @param version the driver's, or null without a source
 * @param required whether the kernel would count as bootable only with this driver ready
 * @param inputs digest of what the driver was to be built from
 * @param depth how it was found out
 * @param verdict {@code ready}: it will be, without a build; {@code missing}: it will be built when
 *     the kernel arrives; else why it will not be ready, or {@code unknown}
 * @param detail one line: why
 * @param log with the output of a build that failed, or null
 */
public record PreflightAnswer(
    Instant at,
    String kernel,
    String driver,
    @Nullable String version,
    boolean required,
    String inputs,
    Depth depth,
    Verdict verdict,
    String detail,
    @Nullable String log)
    implements HistoryEntry {
  /** How far a preflight goes; each does what those before it do as well. */
  public enum Depth {
    /** The store and the repositories' metadata. */
    STORED,
    /** The kernel's own list of symbols, out of its headers, which are downloaded. */
    SYMVERS,
    /** A build with these headers. */
    BUILD;

    /** As users see it: {@code symvers}. */
    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  private static final Set<Verdict> DOES_NOT_FIT =
      EnumSet.of(Verdict.SYMBOL_MISMATCH, Verdict.VERMAGIC_MISMATCH);

  /** The kernel and the driver. */
  public DriverOnKernel cell() {
    return new DriverOnKernel(new Kernel(kernel), driver);
  }

  /** Whether it says that the driver was tried and is of no use on this kernel. */
  public boolean speaksAgainst() {
    return verdict == Verdict.BUILD_FAILED || DOES_NOT_FIT.contains(verdict);
  }

  /** Whether it says that the driver will be ready, at once or when it was built. */
  public boolean promisesReady() {
    return verdict.bootable() || verdict == Verdict.MISSING;
  }

  @Override
  public String line() {
    return "offered "
        + DriverLine.subject(kernel, driver, version)
        + ": "
        + DriverLine.reason("verdict " + verdict, detail, advice());
  }

  /** Where to read more; null if there is nothing. */
  public @Nullable String advice() {
    return log == null ? null : "see " + log;
  }

  /** As it is told to who is about to install the kernel: {@code nic 1.2 is ready for it}. */
  public String announcement() {
    String title = DriverLine.title(driver, version);
    return switch (verdict) {
      case READY -> title + " is ready for it";
      case MISSING -> title + " will be built for it";
      case BUILD_FAILED -> title + " does not compile for it (" + detail + ")";
      case SYMBOL_MISMATCH, VERMAGIC_MISMATCH -> title + " does not fit it (" + detail + ")";
      case EXCLUDED, UNSUPPORTED -> title + " is not made for it (" + detail + ")";
      default ->
          title + " will not be ready for it (" + DriverLine.reason(verdict, detail, null) + ")";
    };
  }
}
