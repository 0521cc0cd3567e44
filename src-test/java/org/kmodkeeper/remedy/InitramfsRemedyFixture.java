package org.kmodkeeper.remedy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.InitramfsSamples.KERNEL;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.initramfs.FsFreeze;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.initramfs.InitramfsBuilder;
import org.kmodkeeper.model.InitramfsCopy.Match;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.testing.Facts;
import org.kmodkeeper.testing.InitramfsSamples;

/** The host's program is a script here; a real dracut is running in the lab's scenarios. */
@DisplayNameGeneration(ReplaceUnderscores.class)
abstract class InitramfsRemedyFixture {
  static final String COPY = "extra/probe.ko";

  HostPaths paths;
  InitramfsSamples samples;
  Initramfs initramfs;
  Path programs;
  Path image;
  Path partial;
  Path module;
  Duration limit;

  @BeforeEach
  void leave_an_old_build_in_the_image(@TempDir Path directory) throws Exception {
    paths = new HostPaths(directory);
    samples = new InitramfsSamples(directory);
    initramfs = new Initramfs(paths, Heartbeat.NONE);
    programs = Files.createDirectories(directory.resolve("programs"));
    image = paths.boot().resolve("initramfs-" + KERNEL.release() + ".img");
    partial = paths.boot().resolve(image.getFileName() + ".kmodkeeper-new");
    module = samples.module("probe", 2);
    limit = Duration.ofSeconds(60);
    samples.put(samples.module("probe", 1), COPY);
    samples.image(image, "gzip");
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rw-------"));
  }

  void program(String name, String... lines) throws IOException {
    Path file = programs.resolve(name);
    Files.writeString(file, "#!/bin/bash\nset -e\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A dracut that packs what the test has put into the image's root. */
  void dracut(String... more) throws IOException {
    String pack =
        "(cd '" + samples.root() + "' && find . | cpio --quiet -H newc -o | gzip >\"$OLDPWD/$4\")";
    program(
        "dracut", Stream.concat(Stream.of("cd /", pack), Stream.of(more)).toArray(String[]::new));
  }

  InitramfsRemedy remedy() {
    var runner =
        new CommandRunner(new SearchPath(List.of(programs, Path.of("/usr/bin"), Path.of("/bin"))));
    return remedy(runner);
  }

  InitramfsRemedy remedy(CommandRunner runner) {
    return new InitramfsRemedy(initramfs, renewal(runner));
  }

  InitramfsRenewal renewal(CommandRunner runner) {
    return new InitramfsRenewal(
        paths, initramfs, new InitramfsBuilder(runner), new FsFreeze(paths, runner));
  }

  RemedyAction.Result apply() throws Exception {
    return apply(remedy());
  }

  RemedyAction.Result apply(InitramfsRemedy remedy) throws Exception {
    BuildLog log = BuildLog.begin(paths.logs(KERNEL).resolve("probe.log"));
    return remedy.apply(new RemedyAction.Job(observation(), Rebuild.IF_NEEDED, limit, log));
  }

  Observation observation() {
    var file =
        new ModuleFile(
            module,
            ModuleFile.Place.ADDED,
            "2",
            KERNEL.release(),
            ModuleFile.VermagicFit.FITS,
            ModuleFile.Provenance.VERSION);
    return Facts.missing()
        .on(KERNEL)
        .module(
            new Observation.Module(
                "probe", Observation.Resolution.FILE, file, null, null, file, null))
        .observation();
  }

  Match match() throws Exception {
    return initramfs.copy(KERNEL, "probe", module).match();
  }

  void assertOldImageIsAllThereIs(byte[] before) throws IOException {
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    try (Stream<Path> files = Files.list(paths.boot())) {
      assertThat(files).containsExactly(image);
    }
    if (Files.exists(paths.builds())) {
      assertThat(paths.builds()).isEmptyDirectory();
    }
  }
}
