package org.kmodkeeper.history;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.Verdict;

/**
 * {@code /var/lib/kmodkeeper/preflight.json}: what the last preflight has answered. The package
 * managers' plugins read the lines for the kernels; they are told nothing that is not known.
 */
public final class PreflightFile {
  private static final int FORMAT = 1;

  private final Path file;
  private final KernelInventory inventory;

  public PreflightFile(HostPaths paths) {
    this.inventory = new KernelInventory(paths);
    this.file = paths.state().resolve("preflight.json");
  }

  /**
   * What stands in the file.
   *
   * @param stays what boots next as long as an offered kernel is not ready
   */
  private record Content(
      int format,
      @Nullable Instant made,
      @Nullable String stays,
      @Nullable List<Announcement> kernels,
      @Nullable List<@Nullable PreflightAnswer> answers) {}

  /**
   * What who is about to install a kernel is told.
   *
   * @param made when the oldest of the answers was found out
   * @param holds whether a required driver was tried and is of no use on it
   * @param drivers whose sources the line rests on
   */
  private record Announcement(
      String release, Instant made, boolean holds, String line, List<String> drivers) {}

  /** The answers; none where there is no file, or no whole one of this format. */
  public List<PreflightAnswer> read() throws IOException {
    return answers(content());
  }

  private static List<PreflightAnswer> answers(@Nullable Content content) {
    return content == null || content.answers == null
        ? List.of()
        : content.answers.stream()
            .filter(Objects::nonNull)
            .filter(HistoryJson::isWhole)
            .filter(answer -> Kernel.isRelease(answer.kernel()))
            .toList();
  }

  private @Nullable Content content() throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    try {
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      @Nullable Content content = Json.GSON.fromJson(text, Content.class);
      return content == null || content.format != FORMAT ? null : content;
    } catch (JsonParseException | DateTimeException damaged) {
      // A miss is safe: the next preflight writes it anew.
      return null;
    }
  }

  /** Forgets what was answered of a driver, which is no longer managed. */
  public void forget(String driver) throws IOException {
    @Nullable Content content = content();
    if (content != null && content.made != null) {
      List<PreflightAnswer> others =
          answers(content).stream().filter(answer -> !answer.driver().equals(driver)).toList();
      write(others, content.stays, content.made);
    }
  }

  /** The answers about kernels that are not installed. */
  public List<PreflightAnswer> offered() throws IOException {
    List<Kernel> installed = inventory.installed();
    return read().stream().filter(answer -> !installed.contains(answer.cell().kernel())).toList();
  }

  /** The kernels that the answers are about; they are offered, or were when that was asked last. */
  public Set<Kernel> kernels() throws IOException {
    return read().stream().map(answer -> answer.cell().kernel()).collect(Collectors.toSet());
  }

  /**
   * Replaces the answers.
   *
   * @param stays what boots next as long as the kernel is not ready, or null if that is not known
   */
  public void write(List<PreflightAnswer> answers, @Nullable String stays, Instant now)
      throws IOException {
    Map<String, List<PreflightAnswer>> kernels =
        answers.stream()
            .filter(answer -> answer.verdict() != Verdict.UNKNOWN)
            .collect(
                Collectors.groupingBy(PreflightAnswer::kernel, TreeMap::new, Collectors.toList()));
    List<Announcement> announcements = new ArrayList<>();
    kernels.forEach((release, ofIt) -> announcements.add(announcement(release, ofIt, stays)));
    var content = new Content(FORMAT, now, stays, announcements, new ArrayList<>(answers));
    AtomicFile.write(file, Json.GSON.toJson(content) + "\n");
  }

  private static Announcement announcement(
      String release, List<PreflightAnswer> answers, @Nullable String stays) {
    boolean holds =
        answers.stream().anyMatch(answer -> answer.required() && answer.speaksAgainst());
    boolean bootable =
        answers.stream().allMatch(answer -> !answer.required() || answer.promisesReady());
    String line =
        answers.stream().map(PreflightAnswer::announcement).collect(Collectors.joining("; "));
    return new Announcement(
        release,
        answers.stream().map(PreflightAnswer::at).min(Comparator.naturalOrder()).orElseThrow(),
        holds,
        bootable || stays == null ? line : line + "; the next boot stays on " + stays,
        // Whose sources the plugins look at.
        answers.stream()
            .filter(answer -> answer.verdict() != Verdict.NO_SOURCE)
            .map(PreflightAnswer::driver)
            .distinct()
            .sorted()
            .toList());
  }
}
