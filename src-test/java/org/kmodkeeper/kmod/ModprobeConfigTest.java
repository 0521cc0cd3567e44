package org.kmodkeeper.kmod;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ModprobeConfigTest {
  private static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");

  private final Path root;

  ModprobeConfigTest(@TempDir Path root) {
    this.root = root;
  }

  @Test
  void reads_blacklists_over_continued_lines() throws IOException {
    var settings = new ModprobeConfig(new HostPaths(root));
    HostFixture.write(
        root.resolve("etc/modprobe.d/a.conf"),
        "blacklist a\\\n_b\nblacklist \\\n  my-nic\n#blacklist d\noptions e blacklist=1\n");

    assertThat(settings.blacklists("a_b")).isTrue();
    assertThat(settings()).containsExactly("etc/modprobe.d/a.conf:3: blacklist   my-nic");
    assertThat(settings.blacklists("d")).isFalse();
    assertThat(settings.blacklists("e")).isFalse();
  }

  private List<String> settings() throws IOException {
    String place = root + "/";
    return new ModprobeConfig(new HostPaths(root))
        .on(KERNEL, "my_nic").stream().map(line -> line.replace(place, "")).toList();
  }

  @Test
  void finds_the_lines_of_modprobe_d_that_name_the_module() throws IOException {
    HostFixture.write(
        root.resolve("etc/modprobe.d/a.conf"),
        """
        # blacklist my_nic
        blacklist my_nic
          options my-nic debug=1
        install my_nic /bin/true
        alias pci:v00008086d* my_nic
        blacklist other
        options other my_nic=1
        """);

    assertThat(settings())
        .containsExactly(
            "etc/modprobe.d/a.conf:2: blacklist my_nic",
            "etc/modprobe.d/a.conf:3: options my-nic debug=1",
            "etc/modprobe.d/a.conf:4: install my_nic /bin/true",
            "etc/modprobe.d/a.conf:5: alias pci:v00008086d* my_nic");
  }

  @Test
  void hides_files_of_the_same_name_in_places_that_count_less() throws IOException {
    HostFixture.write(root.resolve("lib/modprobe.d/a.conf"), "blacklist my_nic\n");
    HostFixture.write(root.resolve("lib/modprobe.d/b.conf"), "options my_nic x=1\n");
    HostFixture.write(root.resolve("etc/modprobe.d/a.conf"), "\n");
    HostFixture.write(root.resolve("etc/modprobe.d/c.conf.rpmsave"), "blacklist my_nic\n");

    assertThat(settings()).containsExactly("lib/modprobe.d/b.conf:1: options my_nic x=1");
  }

  @Test
  void finds_the_lines_of_depmod_d_that_order_its_copies() throws IOException {
    HostFixture.write(
        root.resolve("etc/depmod.d/a.conf"),
        """
        search updates extra built-in
        override my_nic 6.1.0-1.el9.x86_64 extra
        override my_nic * updates
        override my_nic 6.1.0-2.el9.x86_64 extra
        override other * extra
        """);

    assertThat(settings())
        .containsExactly(
            "etc/depmod.d/a.conf:1: search updates extra built-in",
            "etc/depmod.d/a.conf:2: override my_nic 6.1.0-1.el9.x86_64 extra",
            "etc/depmod.d/a.conf:3: override my_nic * updates");
  }

  @Test
  void limits_the_lines_to_what_can_be_read() throws IOException {
    HostFixture.write(root.resolve("etc/modprobe.d/a.conf"), "options my_nic a=1\n".repeat(1000));

    assertThat(settings()).hasSize(50);
  }
}
