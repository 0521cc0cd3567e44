package org.kmodkeeper.initramfs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.compress.Decompressor;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.ElfFile;

/**
 * Tells one build of a module from another, whether it is compressed, stripped or signed.
 *
 * <p>It is the linker's build id, which stripping and signing leave as it is; where there is none,
 * or the file is cut short, the digest of the plain contents.
 *
 * @param value the same for two files of one build, another for another build
 */
record BuildFingerprint(String value) {
  /** ld(1), --build-id; kernels have linked their modules with it since 2.6.23. */
  private static final String SECTION = ".note.gnu.build-id";

  private static final int MAX_NOTE_SIZE = 256;

  /**
   * The fingerprint of a module, compressed or not.
   *
   * @throws DamagedModuleException if the compressed data is corrupt
   * @throws IOException if it cannot be opened, or there is no space to unpack it
   */
  static BuildFingerprint of(Path module) throws IOException, DamagedModuleException {
    return Decompressor.seek(module, BuildFingerprint::ofPlain);
  }

  /** The same with a module that comes as a stream. */
  static BuildFingerprint of(InputStream module) throws IOException, DamagedModuleException {
    return Decompressor.unpack(module, BuildFingerprint::ofPlain);
  }

  private static BuildFingerprint ofPlain(SeekableByteChannel module) throws IOException {
    try {
      var elf = new ElfFile(module);
      Optional<ElfFile.Section> note =
          elf.section(SECTION).filter(section -> section.size() <= MAX_NOTE_SIZE);
      if (note.isPresent()) {
        return new BuildFingerprint(
            "build id " + HexFormat.of().formatHex(elf.content(note.get()).array()));
      }
    } catch (DamagedModuleException noModule) {
      // Then the bytes decide.
    }
    InputStream whole = Channels.newInputStream(module.position(0));
    return new BuildFingerprint("sha256 " + new Sha256().add(whole).text());
  }
}
