package org.kmodkeeper.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The directories in which programs are looked for, in order. */
public record SearchPath(List<Path> directories) {
  /** Where a RHEL-family system keeps its programs. */
  public static final SearchPath SYSTEM =
      new SearchPath(
          List.of(Path.of("/usr/sbin"), Path.of("/usr/bin"), Path.of("/sbin"), Path.of("/bin")));

  public SearchPath {
    directories = List.copyOf(directories);
  }

  /** The executable file of that name; a name with a slash is taken as it is. */
  public Optional<Path> find(String program) {
    if (program.indexOf('/') >= 0) {
      return Optional.of(Path.of(program)).filter(SearchPath::isProgram);
    }
    return directories.stream()
        .map(directory -> directory.resolve(program))
        .filter(SearchPath::isProgram)
        .findFirst();
  }

  private static boolean isProgram(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }

  /** As the PATH variable has it. */
  @Override
  public String toString() {
    return directories.stream().map(Path::toString).collect(Collectors.joining(":"));
  }
}
