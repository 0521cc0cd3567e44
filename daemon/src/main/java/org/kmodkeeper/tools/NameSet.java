package org.kmodkeeper.tools;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Names that are found by their bytes: of the tens of thousands in a kernel's list of symbols few
 * are wanted, and the others are not worth a text each.
 */
final class NameSet {
  private final @Nullable String[] slots;

  NameSet(Collection<String> names) {
    // At least three in four slots stay empty: a search soon comes to one, and then ends.
    slots = new String[4 * Integer.highestOneBit(Math.max(1, names.size()) * 2)];
    for (String name : names) {
      int slot = slot(name.hashCode());
      while (slots[slot] != null && !name.equals(slots[slot])) {
        slot = slot(slot + 1);
      }
      slots[slot] = name;
    }
  }

  /** The name that these bytes of ISO 8859-1 are; null if they are none. */
  @Nullable String find(byte[] bytes, int from, int to) {
    // As String does it.
    int hash = 0;
    for (int at = from; at < to; at++) {
      hash = 31 * hash + (bytes[at] & 0xff);
    }
    int slot = slot(hash);
    @Nullable String name = slots[slot];
    while (name != null && !is(name, bytes, from, to)) {
      slot = slot(slot + 1);
      name = slots[slot];
    }
    return name;
  }

  private int slot(int hash) {
    return hash & slots.length - 1;
  }

  private static boolean is(String name, byte[] bytes, int from, int to) {
    boolean same = name.length() == to - from;
    for (int at = from; same && at < to; at++) {
      same = name.charAt(at - from) == (bytes[at] & 0xff);
    }
    return same;
  }
}
