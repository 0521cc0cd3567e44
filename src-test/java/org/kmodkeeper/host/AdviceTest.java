package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.process.SearchPath;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AdviceTest {
  private final Path programs;

  AdviceTest(@TempDir Path programs) {
    this.programs = programs;
  }

  private String install() {
    return Advice.on(new SearchPath(List.of(programs))).install("gcc");
  }

  private void has(String program) throws IOException {
    Files.createFile(
        programs.resolve(program),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
  }

  @Test
  void names_dnf_before_yum_and_works_where_there_is_neither() throws IOException {
    assertThat(install()).isEqualTo("dnf install gcc");
    has("yum");
    assertThat(install()).isEqualTo("yum install gcc");
    has("dnf");
    assertThat(install()).isEqualTo("dnf install gcc");
  }
}
