package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.adopt.Makefiles.Calling;
import org.kmodkeeper.adopt.Makefiles.Module;
import org.kmodkeeper.testing.HostFixture;

/** What makefiles tell of the modules that they build. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(20)
class MakefilesTest {
  /** As Intel writes them: one half for kbuild, one for people. */
  private static final String INTEL =
      """
      # SPDX-License-Identifier: GPL-2.0
      ifneq ($(KERNELRELEASE),)
      obj-m += nic.o
      nic-objs := nic_main.o \\
                  nic_hw.o
      else
      DRIVER := nic
      ifeq (,$(BUILD_KERNEL))
      BUILD_KERNEL=$(shell uname -r)
      endif
      default:
      \t$(MAKE) -C /lib/modules/$(BUILD_KERNEL)/build M=$(CURDIR) modules
      endif
      """;

  private final Path root;
  private final Makefiles makefiles;

  MakefilesTest(@TempDir Path root) {
    this.root = root;
    this.makefiles = new Makefiles(root);
  }

  private Makefiles.Found found(String path, String text) throws IOException {
    HostFixture.write(root.resolve(path), text);
    return makefiles.find(Path.of("")).orElseThrow();
  }

  private static Module module(String name, String directory) {
    return new Module(name, Path.of(directory));
  }

  @Test
  void calls_a_vendors_makefile_in_src_directly() throws Exception {
    var found = found("src/Makefile", INTEL);

    assertThat(found.directory()).isEqualTo(Path.of("src"));
    assertThat(found.modules()).containsExactly(module("nic", "src"));
    assertThat(found.calling()).isEqualTo(Calling.BUILD_KERNEL);
    assertThat(found.options()).isEmpty();
  }

  @Test
  void calls_a_pure_kbuild_makefile_by_the_kernels() throws Exception {
    var found = found("Makefile", "obj-m := nic.o other-nic.o\n");

    assertThat(found.directory()).isEqualTo(Path.of(""));
    assertThat(found.modules()).containsExactly(module("nic", ""), module("other-nic", ""));
    assertThat(found.calling()).isEqualTo(Calling.KBUILD);
  }

  @Test
  void sets_the_option_of_the_kernels_own_source() throws Exception {
    var found = found("Kbuild", "obj-$(CONFIG_NIC) += nic.o\nnic-y := main.o\n");

    assertThat(found.modules()).containsExactly(module("nic", ""));
    assertThat(found.options()).containsExactly("CONFIG_NIC");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "obj-m=nic.o",
        "  obj-m  +=  nic.o  # the module",
        "obj-m := $(NAME).o\nNAME := nic",
        "obj-m := ${NAME}.o\nexport NAME ?= nic",
        "obj-m := \\\n  nic.o",
        "obj-m += nic.o\nobj-m += nic.o",
        "obj-m := $(UNKNOWN).o nic.o",
      })
  void finds_the_modules_however_they_are_written(String text) throws Exception {
    assertThat(found("Makefile", text + "\n").modules()).containsExactly(module("nic", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "obj-y := nic.o",
        "# obj-m := nic.o",
        "nic-objs := nic.o",
        "obj-m := $(NAME).o",
        "obj-m := nic.c",
        "obj-m := `id`.o $(shell id).o ../nic.o",
        "all:\n\tcc nic.c",
      })
  void reports_a_makefile_that_names_no_module(String text) throws Exception {
    HostFixture.write(root.resolve("Makefile"), text + "\n");

    assertThat(makefiles.find(Path.of(""))).isEmpty();
    assertThat(makefiles.exist()).isTrue();
  }

  @Test
  void follows_kbuild_into_directories() throws Exception {
    HostFixture.write(root.resolve("core/Makefile"), "obj-m := core.o\n");
    HostFixture.write(root.resolve("hw/eth/Kbuild"), "obj-m := eth.o ../../\n");

    assertThat(found("Makefile", "obj-y := core/\nobj-m := hw/eth/ none/\n").modules())
        .containsExactly(module("core", "core"), module("eth", "hw/eth"));
  }

  @ParameterizedTest
  @CsvSource({
    "Makefile, src/Makefile, ''",
    "src/Makefile, doc/Makefile, src",
    "b/Kbuild, c/d/Kbuild, b"
  })
  void prefers_the_top_to_src_and_src_to_others(String first, String second, String directory)
      throws Exception {
    HostFixture.write(root.resolve(second), "obj-m := nic.o\n");

    assertThat(found(first, "obj-m := nic.o\n").directory()).isEqualTo(Path.of(directory));
  }

  @Test
  void skips_a_directory_whose_name_a_shell_would_run() throws Exception {
    HostFixture.write(root.resolve("$(touch evil)/Makefile"), "obj-m := nic.o\n");
    HostFixture.write(root.resolve("a b/Makefile"), "obj-m := nic.o\n");

    assertThat(makefiles.find(Path.of(""))).isEmpty();
    assertThat(makefiles.exist()).isFalse();
  }

  @Test
  void limits_the_time_for_hostile_makefiles() throws Exception {
    String reference = "$(A)";
    HostFixture.write(
        root.resolve("Makefile"),
        "A := "
            + "a ".repeat(100_000)
            + "\n"
            + "\n".repeat(50_000)
            + "obj-m := "
            + reference.repeat(10_000));
    HostFixture.write(root.resolve("src/Makefile"), "obj-m := " + "src/ ../src/ ".repeat(10_000));

    assertThat(makefiles.find(Path.of(""))).isEmpty();
  }
}
