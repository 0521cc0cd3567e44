package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/**
 * GRUB's environment block, read and written by GRUB's own editor.
 *
 * <p>The editor truncates the file before it writes: a full disk or a power cut in between would
 * leave GRUB without its block. So it edits a copy, whose bytes are then written over the block
 * where it lies, as GRUB itself does at boot. A rename would not do: it is in the filesystem's
 * journal at first, which GRUB does not read, and a power cut would bring the old block back.
 */
final class GrubEnvironment {
  private static final int MAX_ATTEMPTS = 3;

  private final Path file;
  private final CommandRunner runner;

  GrubEnvironment(Path file, CommandRunner runner) {
    this.file = file;
    this.runner = runner;
  }

  Path file() {
    return file;
  }

  boolean exists() {
    return Files.isRegularFile(file);
  }

  Map<String, String> read() throws IOException, InterruptedException {
    return read(file);
  }

  private Map<String, String> read(Path block) throws IOException, InterruptedException {
    Map<String, String> variables = new HashMap<>();
    for (String line : run(block, "list").stdout().split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        variables.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return variables;
  }

  /**
   * Sets a variable, or with an empty value takes it away.
   *
   * @throws IOException if it could not, or if others keep writing the block
   */
  void set(String variable, String value) throws IOException, InterruptedException {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      byte[] before = Files.readAllBytes(file);
      byte[] after = edited(before, variable, value);
      // What others have written meanwhile, such as grub2-set-bootflag, must not be lost.
      if (Arrays.equals(before, Files.readAllBytes(file))) {
        overwrite(after);
        return;
      }
    }
    throw new IOException(file + ": other programs keep writing to it");
  }

  private byte[] edited(byte[] block, String variable, String value)
      throws IOException, InterruptedException {
    Path copy = Files.createTempFile("grubenv", null);
    try {
      Files.write(copy, block);
      if (value.isEmpty()) {
        run(copy, "unset", variable);
      } else {
        run(copy, "set", variable + "=" + value);
      }
      if (!read(copy).getOrDefault(variable, "").equals(value)) {
        throw new IOException(copy + ": does not contain " + variable + "=" + value);
      }
      return Files.readAllBytes(copy);
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  /** Two sectors in one write: no space is taken, and nothing but their content changes. */
  private void overwrite(byte[] block) throws IOException {
    if (block.length != Files.size(file)) {
      throw new IOException(
          file + ": has " + Files.size(file) + " bytes, expected " + block.length + " to write");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(block));
      channel.force(true);
    }
  }

  private Completed run(Path block, String... command) throws IOException, InterruptedException {
    String editor =
        runner.searchPath().find("grub2-editenv").isPresent() ? "grub2-editenv" : "grub-editenv";
    String[] argv = new String[command.length + 2];
    argv[0] = editor;
    argv[1] = block.toString();
    System.arraycopy(command, 0, argv, 2, command.length);
    Completed ran = runner.run(Command.of(argv));
    if (!ran.succeeded()) {
      throw new IOException(editor + " " + block + ": " + ran.complaint());
    }
    return ran;
  }
}
