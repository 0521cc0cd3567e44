package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when something changes in the kernels' trees or among the sources.
 *
 * <p>It watches the directories in which our and dkms's modules lie, those in which kernels,
 * headers and drivers' sources come and go, and each source's own top. A missed event costs nothing
 * but time: the loop looks again by itself.
 */
public final class TreeWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TreeWatch.class);

  /** Far more than a host has kernels and sources; keeps a full disk of directories from us. */
  private static final int MAX_DIRECTORIES = 4096;

  private final HostPaths paths;
  private final Runnable changed;
  private final Set<Path> watched = new HashSet<>();
  private final @Nullable WatchService service;

  public TreeWatch(HostPaths paths, Runnable changed) {
    this.paths = paths;
    this.changed = changed;
    this.service = service();
  }

  private static @Nullable WatchService service() {
    try {
      return FileSystems.getDefault().newWatchService();
    } catch (IOException usedUp) {
      // inotify(7): fs.inotify.max_user_instances limits them for each user
      log.warn("cannot watch for changes, relying on periodic checks: {}", usedUp.toString());
      return null;
    }
  }

  /** Starts to watch, in a separate thread. */
  public void start() {
    if (service != null) {
      var thread = new Thread(() -> run(service), "tree-watch");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void run(WatchService service) {
    try {
      watchAll(service);
      while (true) {
        WatchKey key = service.take();
        while (key != null) {
          key.pollEvents();
          if (!key.reset()) {
            watched.remove((Path) key.watchable());
          }
          key = service.poll();
        }
        watchAll(service);
        changed.run();
      }
    } catch (InterruptedException | ClosedWatchServiceException stop) {
      // The daemon is ending.
    }
  }

  private void watchAll(WatchService service) {
    watch(service, paths.modules());
    for (Path tree : directoriesIn(paths.modules())) {
      watch(service, tree);
      watch(service, tree.resolve("extra"));
      watch(service, tree.resolve("updates"));
      watch(service, tree.resolve("updates/dkms"));
      watch(service, tree.resolve("weak-updates"));
    }
    watch(service, paths.sources());
    watch(service, paths.sources().resolve("kernels"));
    for (Path source : directoriesIn(paths.sources())) {
      watch(service, source);
      watch(service, source.resolve("src"));
    }
  }

  private static List<Path> directoriesIn(Path parent) {
    try {
      return DirectoryListing.of(parent).stream().filter(Files::isDirectory).toList();
    } catch (IOException unreadable) {
      log.warn("{}: cannot list it to watch it, ignoring: {}", parent, unreadable.toString());
      return List.of();
    }
  }

  private void watch(WatchService service, Path directory) {
    if (watched.contains(directory)
        || watched.size() >= MAX_DIRECTORIES
        || !Files.isDirectory(directory)) {
      return;
    }
    // One that cannot be watched is reported once.
    watched.add(directory);
    try {
      directory.register(
          service,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_DELETE,
          StandardWatchEventKinds.ENTRY_MODIFY);
    } catch (IOException unwatchable) {
      log.warn(
          "{}: cannot watch it, relying on periodic checks: {}", directory, unwatchable.toString());
    }
  }

  @Override
  public void close() throws IOException {
    if (service != null) {
      service.close();
    }
  }
}
