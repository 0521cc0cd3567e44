package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.config.Settings.Metrics;
import org.kmodkeeper.metrics.MetricsFile;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestKey;
import org.kmodkeeper.testing.TestSettings;
import org.slf4j.LoggerFactory;

/** The textfile of a host whose passes are real. */
class MetricsFileTest extends ReconcilerFixture {
  private static final String READY =
      "kmodkeeper_driver_ready{kernel=\"%s\",driver=\"ixgbevf\",version=\"1.2\",verdict=\"ready\""
          .formatted(RELEASE);
  private static final String ATTEMPTS =
      "kmodkeeper_attempts_total{remedy=\"direct\",outcome=\"installed\"} 1\n";

  private final Logger log = (Logger) LoggerFactory.getLogger(MetricsFile.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private Path usual;
  private MetricsFile metrics;

  @BeforeEach
  void begin() throws IOException {
    usual = Files.createDirectories(host.paths().textfileDirectories().get(0));
    metrics = new MetricsFile(reconciler.publisher(), host.paths(), "0.1.0", clock);
    lines.start();
    log.addAppender(lines);
    metrics.start();
  }

  @AfterEach
  void end() {
    metrics.close();
    log.detachAppender(lines);
  }

  private static Path file(Path directory) {
    return directory.resolve("kmodkeeper.prom");
  }

  private static void await(BooleanSupplier condition) {
    for (int tries = 0; !condition.getAsBoolean(); tries++) {
      assertThat(tries).isLessThan(1000);
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
  }

  /** Returns when what was published is in the file, if it is to be. */
  private static void settle() {
    await(
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("metrics"))
                .allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));
  }

  private String text(Path directory) throws IOException {
    settle();
    return Files.readString(file(directory));
  }

  private void passLater(Metrics.Mode mode, @Nullable Path named) throws Exception {
    clock.advance(Duration.ofMinutes(1));
    reconciler.reconfigure(
        TestSettings.of(HostFixture.driver("ixgbevf"))
            .metrics(new Metrics(mode, named))
            .settings());
    pass();
    settle();
  }

  private void publishOutlook() {
    reconciler
        .publisher()
        .publish(
            new StatePublisher.Outlook(
                clock.instant(), reconciler.settings(), List.of(), Map.of()));
    settle();
  }

  @Test
  void says_how_the_host_stands_and_what_was_done() throws Exception {
    readyKernel();

    assertThat(text(usual))
        .contains("kmodkeeper_up 1\n", "kmodkeeper_build_info{version=\"0.1.0\"} 1\n")
        .contains(READY + ",required=\"yes\"} 1\n", ATTEMPTS);
    assertThat(Files.getPosixFilePermissions(file(usual)))
        .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(usual).isDirectoryNotContaining("glob:**kmodkeeper-new");
  }

  @Test
  void says_when_the_last_pass_was_and_that_the_daemon_stopped() throws Exception {
    readyKernel();
    clock.advance(Duration.ofHours(1));

    pass();

    long now = clock.instant().getEpochSecond();
    assertThat(text(usual)).contains("kmodkeeper_last_pass_timestamp_seconds " + now + "\n");
    metrics.close();
    assertThat(Files.readString(file(usual))).contains("kmodkeeper_up 0\n", READY);
  }

  @Test
  void is_written_once_for_a_pass_that_changes_nothing() throws Exception {
    readyKernel();
    settle();
    try (WatchService watch = usual.getFileSystem().newWatchService()) {
      usual.register(watch, StandardWatchEventKinds.ENTRY_CREATE);

      for (int time = 0; time < 5; time++) {
        clock.advance(Duration.ofHours(1));
        reconciler.publisher().publish(StatePublisher.Loop.BUSY);
        settle();
        publishOutlook();
        clock.advance(Duration.ofMinutes(1));
        publishOutlook();
        reconciler.publisher().publish(StatePublisher.Loop.IDLE);
        settle();
        reconciler.publisher().publish(StatePublisher.Loop.BUSY);
        settle();
      }
      metrics.close();

      // The last one says that the daemon stopped.
      assertThat(
              watch.take().pollEvents().stream()
                  .filter(event -> file(usual).endsWith((Path) event.context()))
                  .mapToInt(WatchEvent::count)
                  .sum())
          .isEqualTo(6);
    }
  }

  @Test
  void moves_with_its_directory_and_leaves_nothing_behind() throws Exception {
    readyKernel();
    Path other = Files.createDirectories(host.root().resolve("srv/textfiles"));
    assertThat(text(usual)).contains(READY);

    passLater(Metrics.Mode.NAMED, other);

    assertThat(file(other)).content().contains(READY);
    assertThat(usual).isEmptyDirectory();

    passLater(Metrics.Mode.OFF, null);

    assertThat(other).isEmptyDirectory();
    assertThat(usual).isEmptyDirectory();
  }

  @Test
  void removes_what_an_earlier_run_left_where_it_is_off() throws Exception {
    HostFixture.write(file(usual), "kmodkeeper_up 0\n");

    passLater(Metrics.Mode.OFF, null);

    assertThat(usual).isEmptyDirectory();
  }

  @Test
  void is_off_where_none_of_the_usual_directories_is_there() throws Exception {
    Files.delete(usual);

    readyKernel();
    settle();

    assertThat(usual).doesNotExist();
    assertThat(lines.list).isEmpty();
  }

  @Test
  void reports_a_missing_directory_once_and_loses_nothing() throws Exception {
    Path missing = host.root().resolve("srv/textfiles");
    readyKernel();
    passLater(Metrics.Mode.NAMED, missing);
    passLater(Metrics.Mode.NAMED, missing);
    assertThat(usual).isEmptyDirectory();

    Files.createDirectories(missing);
    passLater(Metrics.Mode.NAMED, missing);

    assertThat(text(missing)).contains(READY, ATTEMPTS);
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "cannot write metrics, will be tried again: " + missing + ": no such directory");
  }

  /** The directory may belong to the collector's user. */
  @Test
  void does_not_follow_links_in_its_directory() throws Exception {
    Path victim = HostFixture.write(host.root().resolve("etc/victim"), "as it was");
    Files.createSymbolicLink(usual.resolve("kmodkeeper.prom.kmodkeeper-new"), victim);
    Files.createSymbolicLink(file(usual), victim);

    readyKernel();

    assertThat(text(usual)).contains(READY);
    assertThat(victim).hasContent("as it was");
    assertThat(Files.isRegularFile(file(usual), LinkOption.NOFOLLOW_LINKS)).isTrue();
  }

  @Test
  void has_the_end_of_the_certificate_that_dkms_signs_with() throws Exception {
    TestKey key = TestKey.named("owner", host.root().resolve("keys"));
    Path mok = host.paths().dkmsTree().resolve("mok.pub");
    Files.createDirectories(mok.getParent());
    Files.copy(key.certificate(), mok);

    readyKernel();

    assertThat(text(usual))
        .containsPattern(
            "kmodkeeper_certificate_expiry_timestamp_seconds\\{path=\"" + mok + "\"} \\d{10}\n");
  }
}
