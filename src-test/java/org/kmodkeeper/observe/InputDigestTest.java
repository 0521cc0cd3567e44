package org.kmodkeeper.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(30)
class InputDigestTest {
  private final Path source;
  private final Path code;

  InputDigestTest(@TempDir Path directory) throws IOException {
    source = directory.resolve("ixgbevf-1.2");
    code = HostFixture.write(source.resolve("src/ixgbevf.c"), "int old;\n");
  }

  private String digest() throws IOException {
    return new InputDigest().addTree(source).text();
  }

  @Test
  void gives_the_same_tree_the_same_digest() throws IOException {
    assertThat(digest()).isEqualTo(digest()).matches("[0-9a-f]{16}");
  }

  @Test
  void changes_with_content() throws IOException {
    String before = digest();

    Files.writeString(code, "int changed;\n");

    assertThat(digest()).isNotEqualTo(before);
  }

  @Test
  void changes_with_content_of_the_same_length() throws IOException {
    String before = digest();
    Object changed = Files.getAttribute(code, "unix:ctime");

    do {
      Files.writeString(code, "int new;\n");
    } while (changed.equals(Files.getAttribute(code, "unix:ctime")));

    assertThat(digest()).isNotEqualTo(before);
  }

  @Test
  void changes_though_a_modification_time_was_set_back() throws IOException {
    String before = digest();
    Path fresh = HostFixture.write(source.resolveSibling("fresh.c"), "int new;\n");

    Files.setLastModifiedTime(fresh, Files.getLastModifiedTime(code));
    Files.move(fresh, code, StandardCopyOption.REPLACE_EXISTING);

    assertThat(digest()).isNotEqualTo(before);
  }

  @Test
  void changes_with_permissions_of_a_directory() throws IOException {
    String before = digest();

    Files.setPosixFilePermissions(
        source.resolve("src"), PosixFilePermissions.fromString("rwx------"));

    assertThat(digest()).isNotEqualTo(before);
  }

  @Test
  void changes_with_a_new_file() throws IOException {
    String before = digest();

    HostFixture.write(source.resolve("dkms.conf"), "");

    assertThat(digest()).isNotEqualTo(before);
  }

  @Test
  void changes_with_a_missing_file() throws IOException {
    String before = new InputDigest().addFile(code).text();

    Files.delete(code);

    assertThat(new InputDigest().addFile(code).text()).isNotEqualTo(before);
  }

  @Test
  void takes_a_link_for_what_it_leads_to() throws IOException {
    Path link = Files.createSymbolicLink(source.resolve("link"), code);
    String before = new InputDigest().addFile(link).text();

    Files.writeString(code, "int changed;\n");

    assertThat(new InputDigest().addFile(link).text()).isNotEqualTo(before);
  }

  @Test
  void ignores_what_a_build_leaves_in_the_tree() throws IOException {
    Files.createSymbolicLink(source.resolve("link.c"), code);
    String before = digest();

    for (String made : List.of("a.o", ".a.o.cmd", "a.ko", "a.mod", "a.mod.c", "modules.order")) {
      HostFixture.write(source.resolve("src").resolve(made), "made");
    }
    HostFixture.write(source.resolve("Module.symvers"), "made");
    Files.delete(source.resolve("link.c"));
    Files.createSymbolicLink(source.resolve("link.c"), code);

    assertThat(digest()).isEqualTo(before);
  }

  @Test
  void changes_with_a_link_in_the_tree_that_leads_elsewhere() throws IOException {
    Path link = Files.createSymbolicLink(source.resolve("link.c"), code);
    String before = digest();

    Files.delete(link);
    Files.createSymbolicLink(link, source.resolve("src/other.c"));

    assertThat(digest()).isNotEqualTo(before);
  }
}
