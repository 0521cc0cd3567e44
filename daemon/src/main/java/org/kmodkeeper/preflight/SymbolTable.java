package org.kmodkeeper.preflight;

import java.util.AbstractMap;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The symbols of many kernels. They have some 25,000 each, nearly all with the same names: a name
 * is kept once for all of them, and four bytes for each kernel.
 */
final class SymbolTable {
  /** Where the CRC of a symbol stands in each column. */
  private final Map<String, Integer> positions = new HashMap<>();

  Column column() {
    return new Column();
  }

  /** CRCs by symbol, of one kernel or of one of its packages. */
  final class Column extends AbstractMap<String, Long> {
    private final BitSet known = new BitSet();
    private int[] crcs = {};

    private Column() {}

    void add(String symbol, int crc) {
      @Nullable Integer found = positions.get(symbol);
      int position = found == null ? positions.size() : found;
      if (found == null) {
        positions.put(symbol, position);
      }
      if (position >= crcs.length) {
        crcs = Arrays.copyOf(crcs, Math.max(position + 1, crcs.length + crcs.length / 2));
      }
      crcs[position] = crc;
      known.set(position);
    }

    /** Adds those of another column of this table. */
    void addAll(Column other) {
      if (other.known.length() > crcs.length) {
        crcs = Arrays.copyOf(crcs, other.known.length());
      }
      other.known.stream().forEach(position -> crcs[position] = other.crcs[position]);
      known.or(other.known);
    }

    @Override
    public @Nullable Long get(@Nullable Object symbol) {
      @Nullable Integer position = positions.get(symbol);
      return position == null || !known.get(position) ? null : crc(position);
    }

    @Override
    public boolean containsKey(@Nullable Object symbol) {
      return get(symbol) != null;
    }

    @Override
    public int size() {
      return known.cardinality();
    }

    @Override
    public boolean isEmpty() {
      return known.isEmpty();
    }

    @Override
    public Set<Map.Entry<String, Long>> entrySet() {
      return positions.entrySet().stream()
          .filter(named -> known.get(named.getValue()))
          .map(named -> Map.entry(named.getKey(), crc(named.getValue())))
          .collect(Collectors.toUnmodifiableSet());
    }

    private long crc(int position) {
      return Integer.toUnsignedLong(crcs[position]);
    }
  }
}
