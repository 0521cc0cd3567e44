package org.kmodkeeper.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.io.IOUtils;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.report.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what a build has printed. */
@Command(
    name = "log",
    description = {
      "Show the end of a build log.",
      "It is that of the running build, else the newest of a driver that is not ready,",
      "else the newest of all. The first line is the file's name."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper log",
      "  kmodkeeper log --kernel next --driver ixgbevf --lines 20",
      "  less \"$(kmodkeeper log | head -n 1)\""
    })
final class LogCommand implements Subcommand {
  private static final int MAX_LINES = 10_000;

  /** More than that is not read, however many lines are asked for. */
  private static final int MAX_BYTES = 4 << 20;

  @Mixin private final Selection selection = new Selection();

  @Option(
      names = "--lines",
      paramLabel = "NUMBER",
      defaultValue = "200",
      description = "How many of its last lines (default: ${DEFAULT-VALUE}).")
  private int lines;

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    if (lines < 1 || lines > MAX_LINES) {
      throw ExitStatus.USAGE.because(
          "--lines " + lines + ": expected a number from 1 to " + MAX_LINES);
    }
    Path log =
        choose(selection.of(host.look().status()))
            .orElseThrow(
                () ->
                    ExitStatus.NOT_FOUND.because(
                        "there is no build log: nothing was built;"
                            + " 'kmodkeeper history' shows what was done"));
    try {
      print(log, host.out());
    } catch (AccessDeniedException denied) {
      throw ExitStatus.NOT_PERMITTED.because(log + " cannot be read without sudo");
    } catch (IOException unreadable) {
      throw ExitStatus.FAILURE.because(log + " cannot be read: " + unreadable);
    }
    return ExitStatus.OK.code();
  }

  private static Optional<Path> choose(Status status) {
    List<Status.DriverStatus> cells =
        status.kernels().stream().flatMap(kernel -> kernel.drivers().stream()).toList();
    Optional<Path> building =
        status.activities().stream()
            .filter(one -> one.log() != null && isBuilding(status, one))
            .map(one -> Path.of(String.valueOf(one.log())))
            .findFirst();
    if (building.isPresent()) {
      return building;
    }
    Optional<Path> failing = newest(cells.stream().filter(cell -> !cell.verdict().bootable()));
    return failing.isPresent() ? failing : newest(cells.stream());
  }

  private static boolean isBuilding(Status status, Activity activity) {
    return status.kernels().stream()
        .filter(kernel -> kernel.release().equals(activity.kernel().release()))
        .flatMap(kernel -> kernel.drivers().stream())
        .anyMatch(
            cell -> cell.driver().equals(activity.driver()) && cell.verdict() == Verdict.BUILDING);
  }

  private static Optional<Path> newest(Stream<Status.DriverStatus> cells) {
    return cells
        .flatMap(cell -> Stream.ofNullable(cell.log()))
        .map(Path::of)
        .filter(Files::exists)
        .max(Comparator.comparingLong(log -> log.toFile().lastModified()));
  }

  private void print(Path log, PrintStream out) throws IOException {
    List<String> end;
    try (SeekableByteChannel channel = Files.newByteChannel(log)) {
      channel.position(Math.max(0, channel.size() - MAX_BYTES));
      end = IOUtils.readLines(Channels.newInputStream(channel), StandardCharsets.UTF_8);
    }
    out.println(log);
    end.subList(Math.max(0, end.size() - lines), end.size())
        .forEach(line -> out.println(Terminal.printable(line)));
  }
}
