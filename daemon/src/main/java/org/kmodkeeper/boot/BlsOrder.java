package org.kmodkeeper.boot;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * In which order GRUB takes entries, oldest first: each part of what is compared by rpm's rules,
 * and one of GRUB's own for {@code +} (grub-core/commands/blscfg.c).
 */
final class BlsOrder implements Comparator<String> {
  /** What is compared. */
  enum Of {
    /** {@code <version>-<release>}, as EL 8 does; a {@code +} only separates words. */
    VERSIONS,
    /**
     * {@code <name>-<version>-<release>}, as later ones do. What goes on with a {@code +} is newer
     * than what ends there, and older than what goes on otherwise.
     */
    NAMES
  }

  private static final Pattern PIECE = Pattern.compile("\\d+|[A-Za-z]+|[~+]");

  private final Of of;

  BlsOrder(Of of) {
    this.of = of;
  }

  @Override
  public int compare(String left, String right) {
    String[] one = split(left);
    String[] other = split(right);
    for (int part = 0; part < one.length; part++) {
      int order = compareVersions(one[part], other[part]);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  /** The parts, of which the first may have more of the same in it. */
  private String[] split(String text) {
    int last = text.lastIndexOf('-');
    String release = text.substring(last + 1);
    String rest = text.substring(0, Math.max(last, 0));
    int middle = of == Of.NAMES ? rest.lastIndexOf('-') : -1;
    return middle < 0
        ? new String[] {rest, release, ""}
        : new String[] {rest.substring(0, middle), rest.substring(middle + 1), release};
  }

  private int compareVersions(String left, String right) {
    Matcher one = PIECE.matcher(left);
    Matcher other = PIECE.matcher(right);
    while (true) {
      String mine = next(one);
      String theirs = next(other);
      if (mine.isEmpty() && theirs.isEmpty()) {
        return 0;
      }
      int order = comparePieces(mine, theirs);
      if (order != 0) {
        return order;
      }
    }
  }

  private String next(Matcher pieces) {
    while (pieces.find()) {
      if (of == Of.NAMES || !pieces.group().equals("+")) {
        return pieces.group();
      }
    }
    return "";
  }

  private static int comparePieces(String mine, String theirs) {
    for (String mark : new String[] {"~", "+"}) {
      boolean here = mine.equals(mark);
      boolean there = theirs.equals(mark);
      if (here != there) {
        boolean ended = mark.equals("+") && (here ? theirs : mine).isEmpty();
        return here == ended ? 1 : -1;
      }
    }
    if (mine.isEmpty() || theirs.isEmpty()) {
      return mine.isEmpty() ? -1 : 1;
    }
    boolean number = Character.isDigit(mine.charAt(0));
    if (number != Character.isDigit(theirs.charAt(0))) {
      return number ? 1 : -1;
    }
    return number
        ? new java.math.BigInteger(mine).compareTo(new java.math.BigInteger(theirs))
        : mine.compareTo(theirs);
  }
}
