package org.kmodkeeper.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.kmodkeeper.report.FleetHost.State;

/**
 * The hosts whose statuses are in one directory, worst first.
 *
 * @param ignored names of what else is in the directory
 */
public record FleetReport(Instant time, List<FleetHost> hosts, List<String> ignored) {
  /** More is more than one looks through, and than a browser shows without delay. */
  public static final int MAX_FILES = 5000;

  /** Kernels and verdicts of all hosts together, so that the page fits into the memory there is. */
  private static final int MAX_ROWS = 100_000;

  private static final String SUFFIX = ".json";

  public FleetReport {
    hosts = hosts.stream().sorted(FleetHost.WORST_FIRST).toList();
    ignored = List.copyOf(ignored);
  }

  /**
   * Reads each file of the directory.
   *
   * @return with fewer hosts than files if there are more than {@link #MAX_FILES}: see {@link
   *     #isTooLong}
   */
  public static FleetReport read(Path directory, Instant time) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.limit(MAX_FILES + 1).sorted().toList();
    }
    List<FleetHost> hosts = new ArrayList<>();
    List<String> ignored = new ArrayList<>();
    int rows = 0;
    for (Path file : files) {
      String name = String.valueOf(file.getFileName());
      if (!name.endsWith(SUFFIX) || name.startsWith(".")) {
        ignored.add(name);
        continue;
      }
      FleetHost host = host(name.substring(0, name.length() - SUFFIX.length()), file, time);
      rows += host.size();
      hosts.add(
          rows <= MAX_ROWS
              ? host
              : FleetHost.unknown(
                  host.name(), "not shown: the files before it have " + MAX_ROWS + " verdicts"));
    }
    return new FleetReport(time.truncatedTo(ChronoUnit.SECONDS), hosts, ignored);
  }

  private static FleetHost host(String name, Path file, Instant time) {
    try {
      return FleetHost.of(name, FleetFile.read(file), time);
    } catch (FleetFile.UnusableException unusable) {
      return FleetHost.unknown(name, String.valueOf(unusable.getMessage()));
    }
  }

  /** Whether the directory has more files than are read. */
  public boolean isTooLong() {
    return hosts.size() + ignored.size() > MAX_FILES;
  }

  /** How many files say nothing of their host. */
  public long unusable() {
    return hosts.stream().filter(host -> host.time() == null).count();
  }

  long count(State state) {
    return hosts.stream().filter(host -> host.state() == state).count();
  }
}
