package org.kmodkeeper.observe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.signing.OwnKey;
import org.kmodkeeper.signing.SignaturePolicy;

/** Reads what all kernels and drivers share. */
final class HostInspector {
  private static final List<String> BUILD_TOOLS = List.of("make", "gcc");

  private final HostPaths paths;
  private final SearchPath searchPath;
  private final SignaturePolicy signatures;

  HostInspector(HostPaths paths, SearchPath searchPath, SignaturePolicy signatures) {
    this.paths = paths;
    this.searchPath = searchPath;
    this.signatures = signatures;
  }

  HostFacts inspect(Settings settings) throws IOException {
    var digest = new InputDigest();
    for (String tool : List.of("make", "gcc", "dkms")) {
      Optional<Path> program = searchPath.find(tool);
      if (program.isPresent()) {
        digest.addFile(program.get());
      }
    }
    OwnKey own = OwnKey.of(paths);
    Path key = own.exists() ? own.signing() : paths.dkmsTree().resolve("mok.pub");
    return new HostFacts(
        BUILD_TOOLS.stream().filter(tool -> searchPath.find(tool).isEmpty()).toList(),
        settings.toolchain(),
        signatures.enforcedBy().orElse(null),
        settings.certificates(),
        digest.text(),
        Files.exists(key) ? new InputDigest().addFile(key).text() : null);
  }
}
