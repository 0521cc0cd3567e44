package org.kmodkeeper.bootloader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** Whatever boot loader but GRUB grubby(8) knows; it names entries by their kernels' images. */
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
    List<BootEntry> entries = new ArrayList<>();
    String image = "";
    for (String line : run("--info=ALL").split("\n", -1)) {
      String value = unquoted(line.substring(line.indexOf('=') + 1));
      if (line.startsWith("kernel=")) {
        image = value;
        entries.add(new BootEntry(image, image, GrubConfig.kernel(image).orElse(null)));
      } else if (line.startsWith("title=") && !image.isEmpty()) {
        BootEntry last = entries.remove(entries.size() - 1);
        entries.add(new BootEntry(last.id(), value, last.kernel()));
      }
    }
    String setting = run("--default-kernel").strip();
    @Nullable BootEntry usual =
        entries.stream().filter(entry -> entry.id().equals(setting)).findFirst().orElse(null);
    return new BootMenu(entries, setting, usual, null, null);
  }

  private static String unquoted(String value) {
    return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
        ? value.substring(1, value.length() - 1)
        : value;
  }

  @Override
  public void set(String setting) throws IOException, InterruptedException {
    run("--set-default=" + setting);
  }

  private String run(String option) throws IOException, InterruptedException {
    Completed ran = runner.run(Command.of("grubby", option));
    if (!ran.succeeded()) {
      throw new IOException("grubby " + option + ": " + ran.complaint());
    }
    return ran.stdout();
  }
}
