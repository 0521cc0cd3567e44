package org.kmodkeeper.host;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What was made out of files; it holds as long as the disk agrees with the trace of its making.
 *
 * <p>Threads that {@link #get} the same at once have it made once; {@link #getAll} does not wait
 * for others.
 */
public final class Traced<K, V> {
  private final Remembered<K, Made<V>> known;
  private final Object[] locks = Stream.generate(Object::new).limit(64).toArray();

  private record Made<V>(Map<Path, Optional<FileIdentity>> files, V value) {}

  /** Remembers at most so many values. */
  public Traced(int most) {
    known = new Remembered<>(most);
  }

  /** How to make a value; all that it depends on is the key and what it asks of the disk. */
  @FunctionalInterface
  public interface Source<V> {
    V make(Trace disk) throws IOException, InterruptedException;
  }

  /** How to make several values at once; each from its key and what it asks of its own trace. */
  @FunctionalInterface
  public interface Sources<K, V> {
    /** Those that could be made. */
    Map<K, V> make(Map<K, Trace> disk) throws IOException, InterruptedException;
  }

  /** Values for these keys, those that have to be made now made together; without what failed. */
  public Map<K, V> getAll(Collection<K> keys, Trace disk, Sources<K, V> sources)
      throws IOException, InterruptedException {
    Map<K, V> values = new HashMap<>();
    Map<K, Trace> unknown = new LinkedHashMap<>();
    for (K key : keys) {
      Optional<V> earlier = find(key, disk);
      earlier.ifPresent(value -> values.put(key, value));
      if (earlier.isEmpty()) {
        unknown.put(key, disk.branch());
      }
    }
    if (!unknown.isEmpty()) {
      Map<K, V> made = sources.make(unknown);
      made.forEach((key, value) -> remember(key, requireNonNull(unknown.get(key)), value));
      values.putAll(made);
    }
    return values;
  }

  /** The value made earlier if all its files are the same, or else one made now. */
  public V get(K key, Trace disk, Source<V> source) throws IOException, InterruptedException {
    synchronized (locks[Math.floorMod(key.hashCode(), locks.length)]) {
      Optional<V> earlier = find(key, disk);
      if (earlier.isPresent()) {
        return earlier.get();
      }
      Trace branch = disk.branch();
      V value = source.make(branch);
      remember(key, branch, value);
      return value;
    }
  }

  private Optional<V> find(K key, Trace disk) {
    return known.find(key).filter(made -> disk.agrees(made.files())).map(Made::value);
  }

  private void remember(K key, Trace branch, V value) {
    branch.record().ifPresent(files -> known.put(key, new Made<>(files, value)));
  }
}
