package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/**
 * Whatever boot loader but GRUB grubby(8) knows.
 *
 * <p>Entries are set and read by their numbers: where {@code /boot} is not a separate filesystem
 * but is mounted once more, as in the service, grubby takes no path of a kernel for what it is.
 */
final class Grubby implements BootLoader {
  private final CommandRunner runner;

  Grubby(CommandRunner runner) {
    this.runner = runner;
  }

  @Override
  public String name() {
    return "grubby";
  }

  @Override
  public List<Path> files() {
    return List.of();
  }

  @Override
  public BootMenu read() throws IOException, InterruptedException {
    List<BootEntry> entries = entries();
    String index = run("--default-index").strip();
    @Nullable BootEntry usual =
        IntStream.range(0, entries.size())
            .filter(at -> index.equals(Integer.toString(at)))
            .mapToObj(entries::get)
            .findFirst()
            .orElse(null);
    return new BootMenu(
        entries,
        usual == null ? "" : usual.id(),
        usual,
        null,
        usual == null ? "grubby names no default" : null,
        null);
  }

  /** In the order of their numbers. An entry goes by its id, else its title, else its image. */
  private List<BootEntry> entries() throws IOException, InterruptedException {
    List<BootEntry> entries = new ArrayList<>();
    Map<String, String> fields = new HashMap<>();
    for (String line : (run("--info=ALL") + "\nindex=").split("\n", -1)) {
      int equals = line.indexOf('=');
      String key = equals < 0 ? line : line.substring(0, equals);
      if (key.equals("index")) {
        if (fields.containsKey("kernel")) {
          entries.add(entry(fields));
        }
        fields.clear();
      }
      fields.put(key, unquoted(line.substring(equals + 1)));
    }
    return entries;
  }

  private static BootEntry entry(Map<String, String> fields) {
    String image = fields.getOrDefault("kernel", "");
    String title = fields.getOrDefault("title", image);
    return new BootEntry(
        fields.getOrDefault("id", title),
        title,
        GrubEntry.kernel(image).orElse(null),
        fields.getOrDefault("args", ""));
  }

  private static String unquoted(String value) {
    return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
        ? value.substring(1, value.length() - 1)
        : value;
  }

  @Override
  public void set(String setting) throws IOException, InterruptedException {
    List<BootEntry> entries = entries();
    int index =
        IntStream.range(0, entries.size())
            .filter(at -> entries.get(at).id().equals(setting))
            .findFirst()
            .orElseThrow(() -> new IOException("grubby has no entry " + setting));
    run("--set-default-index=" + index);
  }

  private String run(String option) throws IOException, InterruptedException {
    Completed ran = runner.run(Command.of("grubby", option));
    if (!ran.succeeded()) {
      throw new IOException("grubby " + option + ": " + ran.complaint());
    }
    return ran.stdout();
  }
}
