package org.kmodkeeper.bootloader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** Whatever boot loader grubby(8) knows; it names entries by their kernels' images. */
final class Grubby implements BootLoader {
  private final CommandRunner runner;
  private final Optional<Grub> grub;

  /**
   * @param grub which tells what grubby does not: a default for once
   */
  Grubby(CommandRunner runner, Optional<Grub> grub) {
    this.runner = runner;
    this.grub = grub;
  }

  @Override
  public String name() {
    return "grubby";
  }

  /** Where it sets GRUB, it reads what GRUB reads. */
  @Override
  public List<Path> files() throws IOException {
    return grub.isPresent() ? grub.get().files() : List.of();
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
    @Nullable BootEntry once = grub.isPresent() ? grub.get().read().once() : null;
    return new BootMenu(entries, setting, usual, once, null);
  }

  private static String unquoted(String value) {
    return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
        ? value.substring(1, value.length() - 1)
        : value;
  }

  /** Where GRUB's environment block is what counts, it is written as {@link Grub} does: safely. */
  @Override
  public void set(String setting) throws IOException, InterruptedException {
    Optional<BootEntry> entry = Optional.empty();
    if (grub.isPresent()) {
      BootMenu menu = grub.get().read();
      Optional<Kernel> kernel = GrubConfig.kernel(setting);
      entry = menu.obstacle() == null ? kernel.flatMap(menu::entry) : entry;
    }
    if (entry.isPresent()) {
      grub.get().set(entry.get().id());
    } else {
      run("--set-default=" + setting);
    }
  }

  private String run(String option) throws IOException, InterruptedException {
    Completed ran = runner.run(Command.of("grubby", option));
    if (!ran.succeeded()) {
      throw new IOException("grubby " + option + ": " + ran.complaint());
    }
    return ran.stdout();
  }
}
