package org.kmodkeeper.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.Manifest;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestClock;
import org.kmodkeeper.testing.TestModule;
import org.kmodkeeper.testing.TestSettings;

/** A host with a build of ixgbevf 1.2 in its store, and one offered kernel. */
@DisplayNameGeneration(ReplaceUnderscores.class)
abstract class PreflightFixture {
  private static final String FILE = "ixgbevf.ko";
  static final Kernel BUILT = new Kernel("6.1.0-1.el9.x86_64");
  static final Kernel OFFERED = new Kernel("6.1.0-2.el9.x86_64");

  final HostFixture host;
  final ArtifactStore store;
  private final Kmod kmod;
  final Driver driver;
  final TestClock clock = new TestClock();
  Policy policy = HostFixture.driver("ixgbevf");

  PreflightFixture(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    store = new ArtifactStore(host.paths());
    kmod = new Kmod(host.paths(), host.runner());
    driver = new Driver("ixgbevf", "1.2", host.source("ixgbevf", "1.2"), List.of("ixgbevf"));
  }

  @BeforeEach
  void store_a_build() throws Exception {
    host.kernel(BUILT.release());
    store(module());
  }

  /** What was built for a kernel that is installed. */
  Path module() throws Exception {
    return TestModule.named("ixgbevf")
        .version("1.2")
        .builtFor(BUILT.release())
        .calling("netif_rx", 1)
        .at(host.root().resolve("built").resolve(FILE));
  }

  /** Stores a module as what was built of the source as it is. */
  void store(Path module) throws Exception {
    SourceIdentity source = SourceIdentity.of(host.paths(), driver, null);
    store.add(
        new Manifest(
            Manifest.FORMAT,
            "ixgbevf",
            "1.2",
            source.source(),
            source.recipe(),
            BUILT,
            kmod.architecture(),
            "",
            "",
            null,
            null,
            List.of(new Manifest.Module("ixgbevf", FILE, Sha256.of(module), "", Map.of(), null)),
            Remedy.DKMS,
            Instant.EPOCH,
            ""),
        Map.of(FILE, module));
  }

  /** What dnf says of the one kernel that is offered, and whether it has the package of headers. */
  void offer(Kernel kernel, String... symbols) throws IOException {
    StringBuilder lines =
        new StringBuilder("@ kernel-core base\nkernel-uname-r = " + kernel.release() + "\n");
    for (String symbol : symbols) {
      lines.append("kernel(").append(symbol.replace(" ", ") = ")).append('\n');
    }
    Path said = HostFixture.write(host.root().resolve("said"), lines.toString());
    host.standIn(
        "dnf",
        """
        echo "$*" >>%s
        case "$*" in
          *repoquery*) cat %s ;;
          *download*) cp %s "$4" ;;
          *--dump*) echo "gpgcheck = $(cat %s)" ;;
        esac
        """
            .formatted(calls(), said, headersPackage(), gpgcheck()));
  }

  /** How dnf was called. */
  Path calls() {
    return host.root().resolve("calls");
  }

  /** Has the repository a package of headers, which is not to be downloaded. */
  void nameHeaders(Kernel kernel) throws IOException {
    Path said = host.root().resolve("said");
    HostFixture.write(
        said,
        Files.readString(said)
            + "@ kernel-devel-2 base\nkernel-devel-uname-r = "
            + kernel.release()
            + "\n");
  }

  private Path headersPackage() {
    return host.root().resolve("kernel-devel.rpm");
  }

  Path gpgcheck() {
    return host.root().resolve("gpgcheck");
  }

  /**
   * Adds a package of headers; the tools that unpack it are cpio's own.
   *
   * @param release that they say they are for
   */
  void offerHeaders(Kernel kernel, String release, String... symbols) throws Exception {
    nameHeaders(kernel);
    Path root = host.root().resolve("devel");
    InstalledKernel laid = new HostFixture(root).kernel(kernel.release()).withHeaders();
    HostFixture.write(
        laid.headers().resolve("include/generated/utsrelease.h"),
        "#define UTS_RELEASE \"" + release + "\"\n");
    Files.writeString(
        laid.headers().resolve(".config"), "CONFIG_MODULES=y\nCONFIG_MODULE_SIG_HASH=\"sha256\"\n");
    StringBuilder list = new StringBuilder();
    for (String symbol : symbols) {
      list.append(symbol.replaceFirst("(\\S+) (\\S+)", "$2\t$1\tvmlinux\tEXPORT_SYMBOL\n"));
    }
    Files.writeString(laid.headers().resolve("Module.symvers"), list);
    String packing = "cd '%s' && find usr | cpio --quiet -o -H newc >'%s'";
    Completed packed =
        new CommandRunner(SearchPath.SYSTEM)
            .run(Command.of("sh", "-c", packing.formatted(root, headersPackage())));
    assertThat(packed.succeeded()).isTrue();
    Files.writeString(gpgcheck(), "0");
    host.standIn("cpio", "exec @real@ \"$@\"");
    host.standIn("rpm2cpio", "cat \"$1\"");
    host.standIn("rpmkeys", "echo \"$2: digests OK\"");
  }

  /** The driver's policy with these remedies. */
  Policy by(Remedy... remedies) {
    return new Policy(
        "ixgbevf",
        Policy.Origin.CONFIGURED,
        null,
        List.of(),
        Policy.Need.REQUIRED,
        List.of(remedies),
        null,
        Policy.Reuse.UNTIL_BUILT);
  }

  PreflightAnswer answer(Depth depth) throws Exception {
    return answer(depth, true);
  }

  PreflightAnswer answer(Depth depth, boolean freshly) throws Exception {
    return answers(depth, freshly, TestSettings.of(policy)).get(0);
  }

  PreflightAnswer answer(Depth depth, TestSettings settings) throws Exception {
    return answers(depth, true, settings).get(0);
  }

  List<PreflightAnswer> answers(Depth depth) throws Exception {
    return answers(depth, true, TestSettings.of(policy));
  }

  private List<PreflightAnswer> answers(Depth depth, boolean freshly, TestSettings settings)
      throws Exception {
    return Preflight.open(host.paths(), host.runner(), settings.settings(), clock)
        .run(new Preflight.Request(null, null, depth, freshly))
        .answers();
  }

  /** How many packages were downloaded. */
  long downloads() throws IOException {
    try (Stream<String> lines = Files.lines(calls())) {
      return lines.filter(line -> line.contains("download")).count();
    }
  }

  String kept() throws IOException {
    return Files.readString(host.paths().state().resolve("preflight.json"));
  }
}
