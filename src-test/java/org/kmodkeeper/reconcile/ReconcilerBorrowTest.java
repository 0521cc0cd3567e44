package org.kmodkeeper.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

/** What a kernel uses of another one's tree, by a link as weak-modules(8) makes it. */
class ReconcilerBorrowTest extends ReconcilerFixture {
  private static final String NEWER = "6.1.0-2.el9.x86_64";

  private InstalledKernel donor;
  private InstalledKernel borrower;
  private Path module;
  private Path link;

  @BeforeEach
  void a_newer_kernel_borrows_the_module_of_an_older_one() throws Exception {
    donor = withModversions(host.kernel(RELEASE)).withHeaders();
    buildsWithModversions(donor);
    host.source("ixgbevf", "1.2");
    pass();
    module = donor.file("extra/ixgbevf.ko");
    borrower = withModversions(host.kernel(NEWER));
    link = borrower.file("weak-updates/ixgbevf.ko");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, module);
    borrower.depmod();
  }

  private static InstalledKernel withModversions(InstalledKernel kernel) throws Exception {
    TestModule.named("own")
        .inTree()
        .builtFor(kernel.release() + " modversions")
        .at(kernel.file("kernel/drivers/own.ko"));
    try (var list = new GZIPOutputStream(Files.newOutputStream(kernel.file("symvers.gz")))) {
      list.write("0x00000001\tprintk\tvmlinux\tEXPORT_SYMBOL\n".getBytes(UTF_8));
    }
    return kernel;
  }

  private static void buildsWithModversions(InstalledKernel kernel) throws IOException {
    Path makefile = kernel.headers().resolve("Makefile");
    String text = Files.readString(makefile);
    Files.writeString(makefile, text.replace(kernel.release(), kernel.release() + " modversions"));
  }

  private DriverState on(InstalledKernel kernel) throws IOException, InterruptedException {
    return reconciler.reader().look(kernel.kernel()).drivers().get(0);
  }

  private void eraseDonor() throws IOException {
    donor.erase();
    Files.deleteIfExists(donor.file("symvers.gz"));
  }

  @Test
  void calls_a_borrowed_module_ready() throws Exception {
    pass();

    assertThat(on(borrower).finding().verdict()).isEqualTo(Verdict.READY);
    assertThat(on(borrower).finding().detail())
        .startsWith(link + ", version 1.2, a link to the build for " + RELEASE);
  }

  @Test
  void identifies_a_borrowed_module_by_the_donors_receipt() throws Exception {
    HostFixture.write(
        host.paths().sources().resolve("ixgbevf-1.2/ixgbevf.c"),
        TestModule.named("ixgbevf").source());
    reconciler.requestRebuild(RELEASE, null);
    pass();

    assertThat(on(borrower).finding().verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void stays_with_its_receipt_when_the_donor_goes() throws Exception {
    eraseDonor();

    pass();

    assertThat(module).exists();
    assertThat(on(borrower).finding().verdict()).isEqualTo(Verdict.READY);
    assertThat(host.paths().state().resolve("receipts").resolve(RELEASE)).isNotEmptyDirectory();
  }

  @Test
  void stays_when_the_link_leads_to_its_directory() throws Exception {
    Files.delete(link);
    Files.delete(link.getParent());
    Files.createSymbolicLink(link.getParent(), module.getParent());
    eraseDonor();

    pass();

    assertThat(module).exists();
  }

  @Test
  void is_removed_once_nobody_borrows_it() throws Exception {
    eraseDonor();
    pass();
    Files.delete(link);

    pass();

    assertThat(donor.tree()).doesNotExist();
    assertThat(host.paths().state().resolve("receipts").resolve(RELEASE)).doesNotExist();
  }

  @Test
  void is_removed_with_its_last_borrower() throws Exception {
    eraseDonor();
    borrower.erase();

    pass();

    assertThat(module).doesNotExist();
  }

  @Test
  void builds_its_own_one_where_headers_are() throws Exception {
    borrower.withHeaders();
    buildsWithModversions(borrower);

    pass();

    assertThat(borrower.file("extra/ixgbevf.ko")).isRegularFile();
    assertThat(on(borrower).finding().verdict()).isEqualTo(Verdict.READY);
    // It was ready before, and is; one build was all it took.
    assertThat(reconciler.reader().history(NEWER, null, 9)).hasSize(2);
  }

  @Test
  void keeps_a_borrowed_module_ready_if_the_own_build_fails() throws Exception {
    borrower.withHeaders();
    HostFixture.write(borrower.headers().resolve("Makefile"), "modules:\n\tfalse\n");

    pass();
    clock.advance(Duration.ofDays(1));
    pass();

    assertThat(on(borrower).finding().verdict()).isEqualTo(Verdict.READY);
    // One attempt, and no more until something changes.
    assertThat(reconciler.reader().history(NEWER, null, 9)).hasSize(2);
  }
}
