package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.GrubFixture;
import org.kmodkeeper.testing.HostFixture;

/** Each distribution's grub.cfg: its conditions are followed as GRUB follows them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GrubMkconfigTest {
  private static final String NEW = "5.14.0-70.el9.x86_64";
  private static final String OLD = "5.14.0-9.el9.x86_64";
  private static final String ID = "0123456789abcdef-";

  private final HostFixture host;
  private final GrubFixture grub;

  GrubMkconfigTest(@TempDir Path root) throws IOException, InterruptedException {
    host = new HostFixture(root);
    grub = GrubFixture.withBls(host.paths(), NEW, OLD);
  }

  private void configure(String distribution, String preset) throws IOException {
    Files.writeString(grub.config(), text("grub-" + distribution + ".cfg", preset));
  }

  private String text(String name, String preset) throws IOException {
    try (InputStream file = Objects.requireNonNull(getClass().getResourceAsStream(name), name)) {
      String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      return text.replace("@DEFAULT@", preset);
    }
  }

  private BootMenu menu() throws IOException, InterruptedException {
    return new BootLoaders(host.paths(), host.runner()).find().orElseThrow().read();
  }

  private Optional<String> options(String release) throws IOException, InterruptedException {
    return menu().usual(new Kernel(release)).map(BootEntry::options);
  }

  private static Optional<Kernel> kernel(String release) {
    return Optional.of(new Kernel(release));
  }

  static List<String> distributions() {
    return List.of(
        "el8-bios",
        "el8-uefi",
        "el9-bios",
        "el9-uefi",
        "el10-bios",
        "el10-uefi",
        "al2023-bios",
        "al2023-uefi");
  }

  @ParameterizedTest
  @MethodSource("distributions")
  void boots_the_first_entry_where_GRUB_DEFAULT_says_so(String distribution) throws Exception {
    configure(distribution, "0");
    grub.edit("set", "saved_entry=" + ID + OLD);
    grub.edit("set", "boot_success=0");

    assertThat(menu().nextKernel()).isEqualTo(kernel(NEW));
    assertThat(menu().obstacle()).contains("fixed default", "GRUB_DEFAULT=saved");
  }

  @ParameterizedTest
  @MethodSource("distributions")
  void boots_the_saved_entry_where_GRUB_DEFAULT_says_so(String distribution) throws Exception {
    configure(distribution, "${saved_entry}");
    grub.edit("set", "saved_entry=" + ID + OLD);
    assertThat(menu().nextKernel()).isEqualTo(kernel(OLD));
    assertThat(menu().obstacle()).isNull();

    grub.edit("set", "next_entry=" + ID + NEW);
    assertThat(menu().nextKernel()).isEqualTo(kernel(NEW));
    assertThat(menu().defaultKernel()).isEqualTo(kernel(OLD));
  }

  @ParameterizedTest
  @CsvSource({"el8-bios, 0", "el9-uefi, ${saved_entry}", "al2023-uefi, 0"})
  void does_not_know_what_boots_next_where_boots_are_counted(String distribution, String preset)
      throws Exception {
    configure(distribution, preset);
    grub.edit("set", "saved_entry=" + ID + NEW);
    grub.edit("set", "boot_counter=1");
    grub.edit("set", "boot_success=0");

    assertThat(menu().nextKernel()).isEmpty();
    assertThat(menu().doubt()).contains("if [ -n \"${boot_counter}\"");
    assertThat(menu().obstacle()).contains("boot_counter");
  }

  @Test
  void stops_counting_boots_after_one_that_succeeded() throws Exception {
    configure("el9-bios", "0");
    grub.edit("set", "boot_counter=1");
    grub.edit("set", "boot_success=1");

    assertThat(menu().nextKernel()).isEqualTo(kernel(NEW));
  }

  @Test
  void gives_the_operators_own_file_beside_it_the_last_word() throws Exception {
    configure("el9-uefi", "${saved_entry}");
    grub.edit("set", "saved_entry=" + ID + NEW);
    Files.writeString(
        grub.config().resolveSibling("custom.cfg"), "set default='" + ID + OLD + "'\n");

    assertThat(menu().nextKernel()).isEqualTo(kernel(OLD));
    assertThat(menu().obstacle()).contains("fixed default");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "if keystatus --shift; then set default=1; fi",
        "if [ \"$grub_platform\" = efi ]; then default=1; fi",
        "smbios --type 1 --get-string 5 --set default",
        "search --set=default --label BOOT",
        "source ($root)/more.cfg",
        "for x in 1 2; do set default=$x; done",
        "load_env --file /other/block",
        "set default=\"$net_default_ip\"",
        "if [ -e /boot/\0 ]; then set default=1; fi",
        "if [ 1 -gt 2 ]; then set default=1; fi",
        "if [ ( -z x ) ]; then set default=1; fi",
        "if [ -z x -o ]; then set default=1; fi",
        "source /boot/\0",
        "load_env --file /boot/\0",
      })
  void treats_what_the_machine_decides_at_boot_as_unknown(String line) throws Exception {
    configure("el9-uefi", "0");
    Files.writeString(grub.config(), text("grub-el9-uefi.cfg", "0") + line + "\n");

    assertThat(menu().nextKernel()).isEmpty();
    assertThat(menu().doubt()).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "if true; then true; elif keystatus; then set default=1; fi",
        "if keystatus --shift; then set timeout=1; else set default=0; fi",
        "if false || true; then true; fi",
        "if ! true; then set default=1; fi",
        "if [ ! -d ${prefix} -o -z x -o x != x ]; then set default=1; fi",
        "if [ ! x = x -o ! -e $prefix/grub.cfg -o '' ]; then set default=1; fi",
        "function later { set default=1; }",
        "echo 'set default=1' # set default=1",
        "if [ -d ${prefix}/fonts ]; then set default=1; fi",
        "menuentry 'set default=1' { set default=1; }",
      })
  void follows_what_is_decided_now_or_makes_no_difference(String line) throws Exception {
    configure("el9-uefi", "0");
    Files.writeString(grub.config(), text("grub-el9-uefi.cfg", "0") + line + "\n");

    assertThat(menu().nextKernel()).isEqualTo(kernel(NEW));
  }

  @Test
  void counts_entries_that_the_machine_decides_on_only_if_first() throws Exception {
    String when = "if [ \"$grub_platform\" = efi ]; then menuentry 'Setup' { fwsetup; }; fi\n";
    configure("el9-uefi", "1");
    assertThat(menu().nextKernel()).isEqualTo(kernel(OLD));

    Files.writeString(grub.config(), when + text("grub-el9-uefi.cfg", "1"));
    assertThat(menu().nextKernel()).isEmpty();
    assertThat(menu().doubt()).contains("grub_platform");

    Files.writeString(grub.config(), when + text("grub-el9-uefi.cfg", ID + OLD));
    assertThat(menu().nextKernel()).isEqualTo(kernel(OLD));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "source ($root)/more.cfg",
        "eval \"$more\"",
        "$net_default_boot_file",
        "configfile ($root)/more.cfg",
        "submenu More { source ($root)/more.cfg; }; source ($root)/more.cfg",
      })
  void counts_for_a_number_what_a_command_may_add_to_the_menu(String command) throws Exception {
    String before = command + "\n" + text("grub-el9-uefi.cfg", "0") + "set default=";

    Files.writeString(grub.config(), before + "0\n");
    assertThat(menu().nextKernel()).isEmpty();
    assertThat(menu().doubt()).contains(command.substring(command.lastIndexOf("; ") + 1).strip());

    Files.writeString(grub.config(), before + "'" + ID + OLD + "'\n");
    assertThat(menu().nextKernel()).isEqualTo(kernel(OLD));
    assertThat(menu().entries())
        .extracting(BootEntry::id)
        .containsExactly(ID + NEW, ID + OLD, "uefi-firmware");
  }

  @Test
  void keeps_an_entry_in_place_whatever_a_command_adds_after_it() throws Exception {
    Files.writeString(
        grub.config(), text("grub-el9-uefi.cfg", "0") + "source ($root)/more.cfg\nset default=1\n");

    assertThat(menu().nextKernel()).isEqualTo(kernel(OLD));
  }

  @Test
  void omits_an_entry_that_only_an_unknown_number_could_name() throws Exception {
    String copy = "menuentry 'Copy' { linux /vmlinuz-" + OLD + "; }\n";
    Files.writeString(
        grub.config(),
        "source ($root)/more.cfg\n"
            + copy
            + copy
            + text("grub-el9-uefi.cfg", "0")
            + "set default='"
            + ID
            + NEW
            + "'\n");

    assertThat(menu().entries())
        .extracting(BootEntry::id)
        .containsExactly("Copy", ID + NEW, ID + OLD, "uefi-firmware");
  }

  @Test
  void ignores_an_image_that_no_path_can_spell() throws Exception {
    configure("el9-uefi", "${saved_entry}");
    grub.edit("set", "saved_entry=" + ID + NEW);
    Path entry = host.paths().blsEntries().resolve(ID + NEW + ".conf");
    Files.writeString(entry, Files.readString(entry).replace("/vmlinuz-", "/\0/vmlinuz-"));

    assertThat(menu().usual()).isNotNull();
  }

  @Test
  void refuses_a_configuration_that_includes_itself() throws Exception {
    configure("el9-uefi", "0");
    Files.writeString(
        grub.config(), "function again {\n  again\n}\nagain\n" + Files.readString(grub.config()));

    assertThatThrownBy(this::menu)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nested deeper than");
  }

  @Test
  void makes_no_guess_about_a_truncated_configuration() throws Exception {
    configure("el9-uefi", "0");
    String whole = Files.readString(grub.config());
    Files.writeString(grub.config(), whole.substring(0, whole.indexOf("set default=1")));

    assertThatThrownBy(this::menu).hasMessageContaining("grub.cfg: expected fi");
  }

  @Test
  void takes_each_kernels_options_from_its_own_entry() throws Exception {
    configure("el8-bios", "0");
    grub.edit("set", "kernelopts=root=/dev/vda1 ro module_blacklist=nic");
    Path entry = host.paths().blsEntries().resolve(ID + OLD + ".conf");
    String text = Files.readString(entry);
    Files.writeString(
        entry, text.replace("options root=/dev/vda1 ro", "options $kernelopts $tuned"));

    assertThat(options(OLD)).hasValue("root=/dev/vda1 ro module_blacklist=nic");
    assertThat(options(NEW)).hasValue("root=/dev/vda1 ro");
    assertThat(options("1.0")).isEmpty();
  }

  @Test
  void takes_options_from_the_configuration_without_a_block() throws Exception {
    configure("el8-bios", "0");
    Files.delete(grub.environment());
    Path entry = host.paths().blsEntries().resolve(ID + OLD + ".conf");
    Files.writeString(entry, Files.readString(entry).replace("root=/dev/vda1 ro", "$kernelopts"));

    assertThat(options(OLD)).hasValue("root=/dev/mapper/rhel-root ro crashkernel=auto");
  }

  /** GRUB's versions differ in where they put the variants of one version. */
  @Test
  void knows_which_variant_comes_first_only_if_one_is_saved() throws Exception {
    configure("el9-bios", "${saved_entry}");
    grub.entryFile(ID + NEW + "+debug", NEW + "+debug");

    assertThat(menu().nextKernel()).isEmpty();
    assertThat(menu().doubt()).contains("sort");

    grub.edit("set", "saved_entry=" + ID + NEW);
    assertThat(menu().nextKernel()).isEqualTo(kernel(NEW));
  }
}
