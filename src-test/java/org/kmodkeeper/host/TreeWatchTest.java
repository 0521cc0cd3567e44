package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.JavaProgram;

@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(30)
class TreeWatchTest {
  private static final String TREE = "lib/modules/6.1.0-1.el9.x86_64/";

  private final Path root;
  private final Semaphore changes = new Semaphore(0);
  private final TreeWatch watch;

  TreeWatchTest(@TempDir Path root) throws IOException {
    this.root = root;
    watch = new TreeWatch(new HostPaths(root), changes::release);
    HostFixture.write(root.resolve(TREE + "extra/old.ko"), "old");
    Files.createDirectories(root.resolve("usr/src/kernels"));
    Files.createDirectories(root.resolve("usr/src/ixgbevf-1.2/src"));
  }

  /** The watch is running when its thread waits for the first event. */
  @BeforeEach
  void start() {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    watch.start();
    while (Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> !before.contains(thread.getKey()))
        .filter(thread -> thread.getKey().getName().equals("tree-watch"))
        .flatMap(thread -> Arrays.stream(thread.getValue()))
        .noneMatch(frame -> frame.getMethodName().equals("take"))) {
      Thread.onSpinWait();
    }
  }

  @AfterEach
  void close() throws IOException {
    watch.close();
  }

  private void assertNoticed() throws InterruptedException {
    assertThat(changes.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lib/modules/6.1.0-2.el9.x86_64/vmlinuz",
        TREE + "modules.order",
        TREE + "extra/ixgbevf.ko",
        "usr/src/kernels/6.1.0-1.el9.x86_64/Makefile",
        "usr/src/ixgbevf-1.3/Makefile",
        "usr/src/ixgbevf-1.2/dkms.conf",
        "usr/src/ixgbevf-1.2/src/main.c"
      })
  void notices_what_is_added_to_a_tree(String file) throws Exception {
    HostFixture.write(root.resolve(file), "new");

    assertNoticed();
  }

  @Test
  void notices_a_module_that_is_deleted() throws Exception {
    Files.delete(root.resolve(TREE + "extra/old.ko"));

    assertNoticed();
  }

  @Test
  void notices_a_module_that_is_overwritten() throws Exception {
    Files.writeString(root.resolve(TREE + "extra/old.ko"), "changed");

    assertNoticed();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"lib/modules/6.1.0-2.el9.x86_64", TREE + "updates", "usr/src/ixgbevf-1.3"})
  void watches_a_new_directory_by_the_time_it_was_noticed(String directory) throws Exception {
    Files.createDirectory(root.resolve(directory));
    assertNoticed();

    Files.createDirectory(root.resolve(directory).resolve("sub"));

    assertNoticed();
  }

  @Test
  void watches_a_directory_again_that_was_removed_and_recreated() throws Exception {
    Files.delete(root.resolve("usr/src/ixgbevf-1.2/src"));
    assertNoticed();
    while (changes.tryAcquire(200, TimeUnit.MILLISECONDS)) {
      // The directory and its parent tell of it, each by itself.
    }
    Files.createDirectory(root.resolve("usr/src/ixgbevf-1.2/src"));
    assertNoticed();

    Files.createDirectory(root.resolve("usr/src/ixgbevf-1.2/src/sub"));

    assertNoticed();
  }

  /** As a program of its own, since what is used up is used up for all of a user's programs. */
  static final class Program {
    public static void main(String[] arguments) throws IOException {
      try (TreeWatch watch = new TreeWatch(new HostPaths(Path.of(arguments[0])), () -> {})) {
        watch.start();
        System.out.println("goes on");
      }
    }
  }

  @Test
  void continues_where_no_more_can_be_watched() throws Exception {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("unshare", "--user", "--map-root-user", "sh", "-c"));
    words.add("echo 0 >/proc/sys/user/max_inotify_instances && exec \"$@\"");
    words.add("sh");
    words.addAll(JavaProgram.of(Program.class, root.toString()));

    Completed ended = new CommandRunner(SearchPath.SYSTEM).run(Command.of(words));

    assertThat(ended.stdout()).contains("goes on");
    assertThat(ended.stdout() + ended.stderr()).contains("cannot watch for changes");
  }
}
