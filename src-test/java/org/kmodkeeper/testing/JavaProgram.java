package org.kmodkeeper.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.process.Command;

/**
 * A main method of the tests as a command of its own, in the same Java and with the same classes.
 */
public final class JavaProgram {
  private JavaProgram() {}

  /** What runs it, word by word. */
  public static List<String> of(Class<?> main, String... arguments) {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> words = new ArrayList<>();
    words.add(java.toString());
    words.add("-cp");
    words.add(System.getProperty("java.class.path"));
    words.add(main.getName());
    words.addAll(List.of(arguments));
    return words;
  }

  /** The same as a command that can be run. */
  public static Command command(Class<?> main, String... arguments) {
    return Command.of(of(main, arguments).toArray(String[]::new));
  }
}
