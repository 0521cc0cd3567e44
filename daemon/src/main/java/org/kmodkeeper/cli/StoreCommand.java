package org.kmodkeeper.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.View;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.report.Terminal;
import org.kmodkeeper.report.TextTable;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.DamagedArtifactException;
import org.kmodkeeper.store.Manifest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the stored artifacts. */
@Command(
    name = "store",
    description = {
      "List the builds that are kept for other kernels.",
      "Each file is compared with its digest; one that was changed is not used."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper store",
      "  kmodkeeper store --json | jq -r '.artifacts[] | select(.trouble) | .directory'"
    })
final class StoreCommand implements Subcommand {
  @Mixin private final JsonOutput json = new JsonOutput();

  /** All that is in the store. */
  record Listing(List<Row> artifacts) {}

  /**
   * One artifact.
   *
   * @param trouble why it is not used, or null; then only the directory may be known
   * @param size of its modules, in bytes
   */
  record Row(
      Path directory,
      @Nullable String trouble,
      @Nullable String driver,
      @Nullable String version,
      @Nullable Kernel kernel,
      List<String> modules,
      @Nullable Remedy madeBy,
      @Nullable Instant made,
      long size) {}

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    try {
      List<Row> rows = rows(new ArtifactStore(host.paths()));
      if (json.wanted()) {
        JsonOutput.print(View.Provider.DISK, new Listing(rows), host);
      } else {
        print(rows, host.screen());
      }
      return ExitStatus.OK.code();
    } catch (AccessDeniedException denied) {
      throw ExitStatus.NOT_PERMITTED.because("only root may read the store: use sudo");
    } catch (IOException failed) {
      throw ExitStatus.FAILURE.because(IoErrors.text(failed));
    }
  }

  private static List<Row> rows(ArtifactStore store) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (ArtifactStore.Entry entry : store.list()) {
      @Nullable Artifact artifact = entry.artifact();
      rows.add(
          artifact == null
              ? new Row(
                  entry.directory(), entry.trouble(), null, null, null, List.of(), null, null, 0)
              : row(artifact));
    }
    return rows;
  }

  private static Row row(Artifact artifact) throws IOException {
    Manifest manifest = artifact.manifest();
    return new Row(
        artifact.directory(),
        trouble(artifact),
        manifest.driver(),
        manifest.version(),
        manifest.kernel(),
        manifest.modules().stream().map(Manifest.Module::name).toList(),
        manifest.madeBy(),
        manifest.made().truncatedTo(ChronoUnit.SECONDS),
        artifact.size());
  }

  private static @Nullable String trouble(Artifact artifact) throws IOException {
    try {
      artifact.verify();
      return null;
    } catch (DamagedArtifactException damaged) {
      return damaged.getMessage();
    }
  }

  private static void print(List<Row> rows, Terminal screen) {
    if (rows.isEmpty()) {
      screen.line("The store is empty.");
      return;
    }
    var table = new TextTable(List.of("DRIVER", "KERNEL", "MADE BY", "MADE", "KIB", "STATE"));
    for (Row row : rows) {
      table.add(
          List.of(
              row.driver() == null ? name(row.directory(), 2) : row.driver() + " " + row.version(),
              row.kernel() == null ? name(row.directory(), 1) : row.kernel().release(),
              row.madeBy() == null ? "-" : row.madeBy().toString(),
              row.made() == null ? "-" : row.made().toString(),
              String.valueOf((row.size() + 1023) / 1024),
              row.trouble() == null ? "ok" : "damaged: " + row.trouble()));
    }
    table.print(screen);
  }

  private static String name(Path directory, int fromEnd) {
    return directory.getName(directory.getNameCount() - fromEnd).toString();
  }
}
