package org.kmodkeeper.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.InstalledKernel;

/** Which build a kernel's package has. */
class PublicationReuseTest extends FleetFixture {
  PublicationReuseTest(@TempDir Path root) throws IOException {
    super(root);
  }

  @Test
  void publishes_for_a_kernel_what_was_built_for_another() throws Exception {
    offer(NEW);

    assertThat(publish().refusals()).isEmpty();

    assertThat(inPlace()).containsExactly(COMMON, OF_OLD, OF_NEW);
    assertThat(modulesFor(NEW)).isEqualTo(modulesFor(OLD));
    assertThat(publish().made()).isEmpty();
  }

  @Test
  void publishes_what_an_installed_kernel_has_of_another() throws Exception {
    Path module =
        host.kernel(NEW.release())
            .withModversions("0x00000001 netif_rx vmlinux")
            .file("extra/ixgbevf.ko.xz");
    Files.createDirectories(module.getParent());
    Files.copy(stored(OLD, "ixgbevf.ko.xz"), module);
    new InstalledKernel(host.paths(), NEW).depmod();

    assertThat(publish().refusals())
        .extracting(Publication.Refusal::line)
        .noneMatch(line -> line.contains(NEW.release()));

    assertThat(inPlace()).containsExactly(COMMON, OF_OLD, OF_NEW);
    assertThat(modulesFor(NEW)).isEqualTo(modulesFor(OLD));
  }

  @Test
  void publishes_no_build_for_another_kernel_where_reuse_is_no() throws Exception {
    policy =
        new Policy(
            "ixgbevf",
            policy.origin(),
            null,
            List.of(),
            policy.need(),
            policy.remedies(),
            null,
            Policy.Reuse.NO);
    offer(NEW);

    assertThat(publish().refusals())
        .singleElement()
        .extracting(Publication.Refusal::verdict)
        .isEqualTo(Verdict.NO_HEADERS);
    assertThat(inPlace()).containsExactly(COMMON, OF_OLD);
  }

  @Test
  void replaces_the_build_for_another_kernel_only_by_its_own() throws Exception {
    Kernel newest = new Kernel("6.1.0-3.el9.x86_64");
    offer(NEW, newest);
    publish();
    store(newest, MADE.plusSeconds(60));

    assertThat(publish().made())
        .singleElement()
        .satisfies(file -> assertThat(file).asString().contains("kmod-ixgbevf-" + newest));
    store(NEW, MADE.plusSeconds(120));

    assertThat(publish().made())
        .singleElement()
        .satisfies(file -> assertThat(file).asString().contains(OF_NEW));
    assertThat(modulesFor(NEW)).isNotEqualTo(modulesFor(OLD));
  }

  /** The digests of the modules in the newest package for a kernel. */
  private List<String> modulesFor(Kernel kernel) throws Exception {
    return new Rpm(runner())
        .read(packagesInPlace()).stream()
            .filter(one -> one.name().equals("kmod-ixgbevf-" + kernel))
            .max(Comparator.comparing(Rpm.RpmFile::release))
            .orElseThrow()
            .digests()
            .entrySet()
            .stream()
            .filter(file -> file.getKey().startsWith("/lib/modules/"))
            .map(Map.Entry::getValue)
            .toList();
  }
}
