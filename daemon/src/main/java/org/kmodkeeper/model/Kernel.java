package org.kmodkeeper.model;

import java.util.Comparator;
import java.util.regex.Pattern;
import org.kmodkeeper.text.TextSanitizer;

/**
 * One kernel release, as {@code uname -r} prints it.
 *
 * <p>The text is safe as one path component: it never holds a slash, never starts with a dot.
 */
public record Kernel(String release) implements Comparable<Kernel> {
  /** Longest release that Linux can report: {@code __NEW_UTS_LEN} in uapi/linux/utsname.h. */
  public static final int MAX_LENGTH = 64;

  private static final Pattern RELEASE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+~^-]*");
  private static final Pattern PIECE = Pattern.compile("(\\d+)|([A-Za-z]+)");

  private static final Pattern VARIANT = Pattern.compile("(?:\\+[A-Za-z0-9_-]+|\\.debug)$");

  public Kernel {
    if (!isRelease(release)) {
      throw new IllegalArgumentException("not a kernel release: " + TextSanitizer.quoted(release));
    }
  }

  /** Whether the text can name a kernel. */
  public static boolean isRelease(String text) {
    return text.length() <= MAX_LENGTH && RELEASE.matcher(text).matches();
  }

  /**
   * What tells the builds of one version apart: {@code +debug}, {@code +rt} or {@code +64k} on EL
   * and Fedora, {@code .debug} on EL 7; empty for the plain one.
   */
  public String variant() {
    var variant = VARIANT.matcher(release);
    return variant.find() ? variant.group() : "";
  }

  /** The release without its {@link #variant}. */
  public String version() {
    return release.substring(0, release.length() - variant().length());
  }

  /** Orders as rpm compares versions: numbers by value, a number after a word, longer last. */
  @Override
  public int compareTo(Kernel other) {
    return VERSION_ORDER.compare(release, other.release);
  }

  /** The order of version strings that {@link #compareTo} uses; also good for driver versions. */
  public static final Comparator<String> VERSION_ORDER = Kernel::compareVersions;

  private static int compareVersions(String left, String right) {
    var a = PIECE.matcher(left);
    var b = PIECE.matcher(right);
    while (true) {
      boolean moreLeft = a.find();
      boolean moreRight = b.find();
      if (!moreLeft || !moreRight) {
        return moreLeft == moreRight ? left.compareTo(right) : Boolean.compare(moreLeft, moreRight);
      }
      int order = comparePieces(a.group(), b.group());
      if (order != 0) {
        return order;
      }
    }
  }

  private static int comparePieces(String left, String right) {
    boolean leftIsNumber = Character.isDigit(left.charAt(0));
    boolean rightIsNumber = Character.isDigit(right.charAt(0));
    if (leftIsNumber != rightIsNumber) {
      return Boolean.compare(leftIsNumber, rightIsNumber);
    }
    if (!leftIsNumber) {
      return left.compareTo(right);
    }
    return new java.math.BigInteger(left).compareTo(new java.math.BigInteger(right));
  }

  @Override
  public String toString() {
    return release;
  }
}
