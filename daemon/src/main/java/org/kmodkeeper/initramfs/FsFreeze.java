package org.kmodkeeper.initramfs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/**
 * Flushes a filesystem's journal: GRUB does not replay it: fsfreeze(8).
 *
 * <p>GRUB reads no log of XFS or ext4; after a power cut it would see the directory as it was
 * before the last rename. dracut 059 ends with the same, under the same conditions.
 */
public final class FsFreeze {
  /** Cannot be frozen, or have no log. */
  private static final Set<String> UNFIT = Set.of("msdos", "vfat", "zfs", "tmpfs");

  /**
   * No signal comes in between: it would stay frozen. Nor would it help to give up the freezing
   * alone, which may succeed after that; what is not frozen is thawed for nothing.
   */
  private static final String SCRIPT =
      "trap '' HUP INT TERM; timeout --signal=KILL 20 fsfreeze --freeze \"$1\"; status=$?;"
          + " fsfreeze --unfreeze \"$1\" 2>/dev/null || [ $status != 0 ] || exit; exit $status";

  private final HostPaths paths;
  private final CommandRunner runner;

  /** There while a filesystem is frozen, with the name of a directory in it. */
  private final Path frozen;

  public FsFreeze(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
    this.frozen = paths.state().resolve("frozen");
  }

  /**
   * Freezes the file's filesystem and lets it go on at once, if that can be done. What goes wrong
   * is noted in the log: the file is there all the same.
   *
   * @throws InterruptedException if the daemon is stopping
   */
  public void of(Path file, BuildLog log) throws InterruptedException {
    try {
      Path directory = file.toRealPath().getParent();
      if (directory == null || !fits(Filesystem.of(directory), Filesystem.of(paths.root()))) {
        return;
      }
      Completed ran = freeze(directory);
      if (!ran.succeeded()) {
        log.note(file + " is not flushed to disk: " + ran.complaint());
      }
    } catch (IOException failed) {
      log.note(file + " is not flushed to disk: " + failed.getMessage());
    }
  }

  /** Should all be killed in between, {@link #recover} knows what was frozen. */
  Completed freeze(Path directory) throws IOException, InterruptedException {
    AtomicFile.write(frozen, directory + "\n");
    Completed ran = runner.run(Command.of("sh", "-c", SCRIPT, "sh", directory.toString()));
    Files.delete(frozen);
    return ran;
  }

  /** Thaws what a crash has left frozen: who writes there hangs until then. */
  public void recover() throws IOException, InterruptedException {
    if (Files.exists(frozen)) {
      // It fails if nothing is frozen any more.
      runner.run(Command.of("fsfreeze", "--unfreeze", Files.readString(frozen).strip()));
      Files.delete(frozen);
    }
  }

  /** Whether it can be frozen; the root's own would stop all else, and btrfs may be both. */
  static boolean fits(Filesystem filesystem, Filesystem root) {
    return filesystem.device() != root.device()
        && !UNFIT.contains(filesystem.type())
        && !(filesystem.type().equals("btrfs") && root.type().equals("btrfs"));
  }

  /**
   * @param device st_dev of stat(2): in the service even a part of the root's is mounted separately
   * @param type as in /proc/mounts
   */
  record Filesystem(long device, String type) {
    static Filesystem of(Path path) throws IOException {
      long device = ((Number) Files.getAttribute(path, "unix:dev")).longValue();
      return new Filesystem(device, Files.getFileStore(path).type());
    }
  }
}
