package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What was made out of files; it holds as long as the disk agrees with the trace of its making.
 *
 * <p>Threads that ask for the same at once have it made once.
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

  /** The value made earlier if all its files are the same, or else one made now. */
  public V get(K key, Trace disk, Source<V> source) throws IOException, InterruptedException {
    synchronized (locks[Math.floorMod(key.hashCode(), locks.length)]) {
      Optional<Made<V>> earlier = known.find(key);
      if (earlier.isPresent() && disk.agrees(earlier.get().files())) {
        return earlier.get().value();
      }
      Trace branch = disk.branch();
      V value = source.make(branch);
      branch.record().ifPresent(files -> known.put(key, new Made<>(files, value)));
      return value;
    }
  }
}
