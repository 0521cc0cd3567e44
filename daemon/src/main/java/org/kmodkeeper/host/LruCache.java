package org.kmodkeeper.host;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What was found out and holds as long as its key does; the least used is forgotten first. A key
 * must name all that the value depends on: {@link FileStamp} for what was read from a file.
 */
public final class LruCache<K, V> {
  private final Map<K, V> values;

  /** Remembers at most a number of values. */
  public LruCache(int most) {
    values =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > most;
          }
        };
  }

  /** How to find a value out. */
  @FunctionalInterface
  public interface Source<V, E extends Exception> {
    V find() throws IOException, InterruptedException, E;
  }

  /** The value remembered for the key, or else found out now; a failure is not remembered. */
  public <E extends Exception> V get(K key, Source<V, E> source)
      throws IOException, InterruptedException, E {
    Optional<V> known = find(key);
    if (known.isPresent()) {
      return known.get();
    }
    V found = source.find();
    put(key, found);
    return found;
  }

  /** The value remembered for the key, if there is one. */
  public synchronized Optional<V> find(K key) {
    return Optional.ofNullable(values.get(key));
  }

  /** Remembers a value. */
  public synchronized void put(K key, V value) {
    values.put(key, value);
  }
}
