package org.kmodkeeper.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;

/**
 * GRUB as installed below a root: its files as grub-mkconfig writes them, a real environment block.
 */
public final class GrubFixture {
  private static final String HEAD =
      """
      if [ -s $prefix/grubenv ]; then
        load_env
      fi
      if [ "${next_entry}" ] ; then
         set default="${next_entry}"
         set next_entry=
         save_env next_entry
         set boot_once=true
      else
         set default="%s"
      fi
      function load_video {
        insmod all_video
      }
      """;

  private static final String ENTRY =
      """
      menuentry 'Linux, with Linux %1$s' --class gnu-linux $menuentry_id_option 'gnulinux-%1$s-advanced' {
      \tload_video
      \tif [ x$feature_platform_search_hint = xy ]; then
      \t  search --no-floppy --fs-uuid --set=root
      \tfi
      \tlinux\t/boot/vmlinuz-%1$s root=/dev/vda1 ro
      \tinitrd\t/boot/initrd.img-%1$s
      }
      """;

  /** EL 7's grubby copies an entry for each kernel that comes, with the first one's id. */
  private static final String COPY =
      """
      menuentry 'CentOS Linux (%1$s) 7 (Core)' --class os --unrestricted $menuentry_id_option 'gnulinux-%2$s-advanced' {
      \tset root='hd0,msdos1'
      \tlinux16 /vmlinuz-%1$s root=/dev/vda1 ro
      \tinitrd16 /initramfs-%1$s.img
      }
      """;

  private final HostPaths paths;
  private final Path directory;
  private final CommandRunner runner = new CommandRunner(SearchPath.SYSTEM);

  private GrubFixture(HostPaths paths, String name) throws IOException, InterruptedException {
    this.paths = paths;
    this.directory = Files.createDirectories(paths.boot().resolve(name));
    edit("create");
  }

  /** As on Debian: the newest kernel, then a submenu with all of them. */
  public static GrubFixture withSubmenu(HostPaths paths, String... releases)
      throws IOException, InterruptedException {
    var grub = new GrubFixture(paths, "grub");
    grub.submenu("${saved_entry}", releases);
    return grub;
  }

  /** As on EL 8 and later: an entry file for each kernel. */
  public static GrubFixture withBls(HostPaths paths, String... releases)
      throws IOException, InterruptedException {
    var grub = new GrubFixture(paths, "grub2");
    grub.bls("${saved_entry}");
    for (String release : releases) {
      grub.entryFile("0123456789abcdef-" + release, release);
    }
    return grub;
  }

  /** Writes grub.cfg anew with its menu in entry files. */
  public void bls(String defaultEntry) throws IOException {
    Files.writeString(config(), HEAD.formatted(defaultEntry) + "insmod blscfg\nblscfg\n");
  }

  /** As on EL 7: a flat menu, whose entries all bear the oldest kernel's id. */
  public static GrubFixture withCopies(HostPaths paths, String... releases)
      throws IOException, InterruptedException {
    var grub = new GrubFixture(paths, "grub2");
    grub.copies("${saved_entry}", releases);
    return grub;
  }

  /** The same on the EFI system partition, which the host has been booted from. */
  public static GrubFixture withUefi(HostPaths paths, String vendor, String... releases)
      throws IOException, InterruptedException {
    Files.createDirectories(paths.sys().resolve("firmware/efi"));
    var grub = new GrubFixture(paths, "efi/EFI/" + vendor);
    grub.copies("${saved_entry}", releases);
    return grub;
  }

  /** Writes grub.cfg anew for these kernels, newest first, as grubby of EL 7 would have made it. */
  public void copies(String defaultEntry, String... releases) throws IOException {
    String oldest = releases[releases.length - 1];
    Files.writeString(
        config(),
        HEAD.formatted(defaultEntry)
            + Stream.of(releases)
                .map(release -> COPY.formatted(release, oldest))
                .collect(Collectors.joining()));
  }

  public void entryFile(String id, String release) throws IOException {
    entryFile(id, release, "root=/dev/vda1 ro");
  }

  /** The same with other options. */
  public void entryFile(String id, String release, String options) throws IOException {
    HostFixture.write(
        paths.blsEntries().resolve(id + ".conf"),
        """
        title Red Hat Enterprise Linux (%1$s) 9
        version %1$s
        linux /vmlinuz-%1$s
        initrd /initramfs-%1$s.img $tuned_initrd
        options %2$s
        grub_users $grub_users
        """
            .formatted(release, options));
  }

  /** Writes grub.cfg anew for these kernels, newest first. */
  public void submenu(String defaultEntry, String... releases) throws IOException {
    String all = List.of(releases).stream().map(ENTRY::formatted).collect(Collectors.joining());
    Files.writeString(
        config(),
        HEAD.formatted(defaultEntry)
            + "menuentry 'Linux' --class gnu-linux $menuentry_id_option 'gnulinux-simple' {\n"
            + "\tlinux\t/boot/vmlinuz-"
            + releases[0]
            + " root=/dev/vda1 ro\n}\n"
            + "submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced' {\n"
            + all
            + "}\nmenuentry 'Memory test (it'\\''s slow)' {\n\tlinux16\t/boot/memtest86+.bin\n}\n");
  }

  public Path config() {
    return directory.resolve("grub.cfg");
  }

  public Path environment() {
    return directory.resolve("grubenv");
  }

  /** Has the real editor change the environment block, as operators and packages do. */
  public void edit(String... command) throws IOException, InterruptedException {
    String[] argv = new String[command.length + 2];
    argv[0] = "grub-editenv";
    argv[1] = environment().toString();
    System.arraycopy(command, 0, argv, 2, command.length);
    run(argv);
  }

  /** The environment block as the real editor shows it. */
  public String environmentText() throws IOException, InterruptedException {
    return run("grub-editenv", environment().toString(), "list");
  }

  private String run(String... argv) throws IOException, InterruptedException {
    Completed ran = runner.run(Command.of(argv));
    if (!ran.succeeded()) {
      throw new IOException(ran.command() + ": " + ran.stderr());
    }
    return ran.stdout();
  }
}
