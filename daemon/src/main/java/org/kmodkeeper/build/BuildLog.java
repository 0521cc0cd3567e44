package org.kmodkeeper.build;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.BoundedLineReader;
import org.kmodkeeper.text.TextSanitizer;

/** The full output of a build, in a file. */
public record BuildLog(Path file) {
  private static final int MAX_LINE_LENGTH = 240;
  private static final int MAX_LAST_LINES = 8;
  private static final int MAX_END_BYTES = 4096;
  private static final int MAX_STEP_LENGTH = 60;

  /** More than most builds say, in bytes: a build whose output finds no space fails. */
  private static final long ROOM = 8 << 20;

  /**
   * Compilers name files by their whole path; the build directory is no longer there to look at.
   */
  private static final Pattern BUILD_DIRECTORY =
      Pattern.compile("(?:^|(?<=\\[))/\\S+/build/(?=\\S+[]:])");

  /**
   * What tells why a build failed, the most telling first. Where a log has several, the first line
   * of the most telling kind counts: what a compiler says is a better answer than make's {@code
   * Error 2}, however early that stands.
   */
  private static final List<Pattern> REASONS =
      List.of(
          // Whatever else went wrong, went wrong for that.
          Pattern.compile(
              "No space left on device|Disk quota exceeded|more space (needed )?on the "),
          // gcc, clang, gas, ld, objtool, configure; modpost, which older kernels do not name.
          Pattern.compile(
              "(?<![A-Za-z])(?<!Librepo )error: (?!ld returned )|:\\d+: Error: |undefined reference"
                  + " to |^(ERROR|FATAL): modpost: |^ERROR: .*undefined!$|^virtual memory"
                  + " exhausted"),
          // make itself, its $(error ...), and what vendors' makefiles print before they give up.
          Pattern.compile(
              "\\*\\*\\* (?!\\[).*\\. *Stop\\.$|^\\S+:\\d+: \\*\\*\\* \\S|(^|\\s)ERROR: \\S"),
          // Shells, patch, pahole, dynamic loaders, dkms, package managers and our own confine.
          Pattern.compile(
              ": No such file or directory$|not found( \\(required by .*)?$|: (Permission"
                  + " denied|Read-only file system|I/O error|Exec format error|syntax"
                  + " error.*)$|error while loading shared libraries: |undefined!$|^FAILED:?"
                  + " |^FATAL: |Segmentation fault|: line \\d+: +\\d+ (Killed|Aborted|Bus"
                  + " error)|^Killed$|: Sorry, |hunks? FAILED -- |^patch: |can't find file to"
                  + " patch|^\\w+Error: |^Error! +(?!Bad return status)|^(! )?Error:"
                  + " \\S|^(confine|dkms-conf|environment): |autoinstall (deferred: |failed due to"
                  + " missing dep)|^No match for argument: |^No package .* available|^ *Failed to"
                  + " .*[^:]$|^ *Problem( \\d+)?: (?!conflicting requests)|^ *- nothing provides "),
          // That something failed, and no reason.
          Pattern.compile("^make(\\[\\d+])?: \\*\\*\\* \\[|^Error! Bad return status"));

  /**
   * Reasons of these kinds say that the host had too little room or memory, a bad disk, or not what
   * kernel-devel requires: a package that is only unpacked brings none of it.
   */
  private static final Pattern HOST_FAULT =
      Pattern.compile(
          "No space left on device|Disk quota exceeded|more space (needed )?on the |Cannot allocate"
              + " memory|virtual memory exhausted|Killed signal terminated program|(^|\\d"
              + " )Killed|(Input/output|I/O) error"
              + "|fatal error: (gelf\\.h|libelf\\.h|openssl/\\S+): No such file"
              + "|[: ](bison|flex|bc): (([Cc]ommand )?not found|No such file)"
              + "|please install libelf|error while loading shared libraries");

  /**
   * Lines that are about something else: what make passes over, what is tried by a configure
   * script, the commands that dkms and we write down, and the output of CLEAN, which may fail.
   */
  private static final Pattern HARMLESS =
      Pattern.compile("^(checking |clean: |\\+ |# command: )|\\(ignored\\)$");

  /** Begins the line at which the next recipe is tried. */
  private static final String RECIPE = "kmodkeeper: recipe ";

  /**
   * What kbuild (since 5.13) says where the compiler is not the one that the kernel was built by.
   */
  private static final Pattern COMPILER =
      Pattern.compile(" {2}(The kernel was built by|You are using): +(\\S.*)");

  /** How kbuild names a step: two spaces, the tool, {@code [M]} for a module, the file. */
  private static final Pattern STEP =
      Pattern.compile("  ([A-Z][A-Z0-9_]*)(?: \\[M])? +(?:\\S*/)?([^/\\s]+)");

  /**
   * Begins an empty log; an older one of the same name is gone.
   *
   * @throws IOException if it cannot be made, or there is no space for a complete log
   */
  public static BuildLog begin(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Files.deleteIfExists(file);
    Files.createFile(file);
    // Not of its FileStore: in a chroot that is no mount point there is none.
    long free = file.toFile().getUsableSpace();
    if (free < ROOM) {
      Files.delete(file);
      throw new FileSystemException(
          file.toString(), null, "only " + (free >> 10) + " KiB free, a log may need 8 MiB");
    }
    return new BuildLog(file);
  }

  /** Adds one line of our own, if there is room for it: nothing but people depends on it. */
  public void note(String line) {
    try {
      Files.writeString(file, "kmodkeeper: " + line + "\n", StandardOpenOption.APPEND);
    } catch (IOException full) {
      // What the line says is in the attempt's detail too.
    }
  }

  /** Adds another program's log, if it is there. */
  public void append(Path other) throws IOException {
    if (Files.isReadable(other)) {
      note("copy of " + other);
      try (var out = Files.newOutputStream(file, StandardOpenOption.APPEND)) {
        Files.copy(other, out);
      }
    }
  }

  /**
   * The line that tells best why the build failed, by the last recipe, with both compilers where
   * they differ; empty where none does.
   */
  public Optional<String> firstError() throws IOException {
    @Nullable String reason = null;
    Map<String, String> compilers = new HashMap<>();
    int kinds = REASONS.size();
    // ISO 8859-1 reads any bytes; a compiler's quotes in another encoding must not end the search.
    try (InputStream log = Files.newInputStream(file)) {
      var lines = new BoundedLineReader(log);
      for (String line = lines.next(); line != null; line = lines.next()) {
        int kind = kindOf(line, kinds);
        Matcher compiler = COMPILER.matcher(line);
        if (compiler.matches()) {
          compilers.put(compiler.group(1), readable(compiler.group(2)));
        }
        if (line.startsWith(RECIPE)) {
          kinds = REASONS.size();
          reason = null;
        } else if (kind < kinds) {
          kinds = kind;
          reason = readable(line);
        }
      }
    }
    String both = difference(compilers);
    return Optional.ofNullable(reason).map(line -> line + both);
  }

  /** Both compilers, unless they differ in nothing but the names that they were called by. */
  private static String difference(Map<String, String> compilers) {
    List<String> versions =
        compilers.values().stream().map(text -> text.replaceFirst("^\\S+", "")).distinct().toList();
    return versions.size() < 2
        ? ""
        : "; the kernel was built by %s, this build used %s"
            .formatted(compilers.get("The kernel was built by"), compilers.get("You are using"));
  }

  /** Whether the build failed for what the host lacked, whatever the source is. */
  public boolean blamesHost() throws IOException {
    return firstError().filter(reason -> HOST_FAULT.matcher(reason).find()).isPresent();
  }

  /** Which of the first kinds of reason a line is; their number if none. */
  private static int kindOf(String line, int kinds) {
    for (int kind = 0; kind < kinds; kind++) {
      if (REASONS.get(kind).matcher(line).find()) {
        return HARMLESS.matcher(line).find() ? kinds : kind;
      }
    }
    return kinds;
  }

  /** The end of the log, where most tools say why they gave up. */
  public String lastLines() throws IOException {
    List<String> lines = end();
    return String.join(
        "\n", lines.subList(Math.max(0, lines.size() - MAX_LAST_LINES), lines.size()));
  }

  /**
   * The last line with a word: where no error is known by its form, it most likely tells. dnf may
   * close a parenthesis after it.
   */
  public Optional<String> lastLine() throws IOException {
    return end().stream()
        .filter(line -> line.chars().anyMatch(Character::isLetterOrDigit))
        .reduce((older, newer) -> newer)
        .map(line -> TextSanitizer.line(line.strip(), MAX_LINE_LENGTH));
  }

  /**
   * The last step that kbuild has named, {@code CC ixgbevf_main.o} for example; empty before the
   * first one. The log may still be written to, or not be there yet.
   */
  public Optional<String> lastStep() throws IOException {
    try {
      return end().stream()
          .map(STEP::matcher)
          .filter(Matcher::matches)
          .map(step -> TextSanitizer.line(step.group(1) + " " + step.group(2), MAX_STEP_LENGTH))
          .reduce((older, newer) -> newer);
    } catch (NoSuchFileException notYet) {
      return Optional.empty();
    }
  }

  /** The lines at the end that are not blank; the first may be cut. */
  private List<String> end() throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      long start = Math.max(0, channel.size() - MAX_END_BYTES);
      var bytes = ByteBuffer.allocate((int) (channel.size() - start));
      int count = channel.read(bytes, start);
      return new String(bytes.array(), 0, Math.max(0, count), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank())
          .toList();
    }
  }

  /** A line that was read as ISO 8859-1, for people. */
  static String readable(String line) {
    String text =
        new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8).strip();
    return TextSanitizer.line(BUILD_DIRECTORY.matcher(text).replaceFirst(""), MAX_LINE_LENGTH);
  }
}
