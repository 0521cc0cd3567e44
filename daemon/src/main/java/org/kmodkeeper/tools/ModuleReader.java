package org.kmodkeeper.tools;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.FileIdentity;
import org.kmodkeeper.host.Remembered;
import org.kmodkeeper.tools.ModuleContent.Origin;
import org.kmodkeeper.tools.ModuleContent.Signed;
import org.kmodkeeper.tools.ModuleContent.Symbol;

/**
 * Reads module files, compressed or not, without running a program: modinfo and {@code modprobe
 * --dump-modversions} cost three to four milliseconds a file, too much where a host has thousands.
 *
 * <p>A file that was read is remembered until it changes.
 */
public final class ModuleReader {
  /** Larger than any module; keeps a decompression bomb out of memory. */
  private static final int MOST_BYTES = 48 << 20;

  private static final byte[] SIGNATURE =
      "~Module signature appended~\n".getBytes(StandardCharsets.US_ASCII);

  /** struct modversion_info of a 64-bit kernel: the CRC, then the name, 64 bytes in all. */
  private static final int VERSION_ENTRY = 64;

  private static final int ABSOLUTE = 0xfff1;
  private static final int NOTE_HEADER = 16;

  private final Remembered<FileIdentity, ModuleContent> known = new Remembered<>(8192);

  /**
   * Reads a module.
   *
   * @throws DamagedModuleException if it is no whole module
   * @throws IOException if it cannot be opened
   */
  public ModuleContent read(Path file)
      throws IOException, DamagedModuleException, InterruptedException {
    Optional<FileIdentity> identity = FileIdentity.of(file);
    if (identity.isEmpty()) {
      throw new DamagedModuleException("is not there");
    }
    return known.get(identity.get(), () -> parse(Decompressor.read(file, ModuleReader::bytes)));
  }

  private static byte[] bytes(InputStream plain) throws IOException, DamagedModuleException {
    byte[] bytes = plain.readNBytes(MOST_BYTES + 1);
    if (bytes.length > MOST_BYTES) {
      throw new DamagedModuleException("larger than " + MOST_BYTES + " bytes");
    }
    return bytes;
  }

  private static ModuleContent parse(byte[] bytes) throws DamagedModuleException {
    var elf = new ElfFile(bytes);
    Map<String, String> info = info(elf);
    @Nullable String vermagic = info.get("vermagic");
    @Nullable String name = info.get("name");
    if (vermagic == null || name == null) {
      throw new DamagedModuleException("has no vermagic or no name");
    }
    List<ElfFile.Symbol> symbols = elf.symbols();
    return new ModuleContent(
        name.intern(),
        info.get("version"),
        vermagic.intern(),
        needs(elf, symbols),
        exports(elf, symbols),
        buildId(elf),
        isSigned(bytes) ? Signed.YES : Signed.NO,
        "Y".equals(info.get("intree")) ? Origin.KERNEL : Origin.OUT_OF_TREE);
  }

  private static Map<String, String> info(ElfFile elf) throws DamagedModuleException {
    Map<String, String> info = new HashMap<>();
    Optional<ElfFile.Section> section = elf.section(".modinfo");
    if (section.isEmpty()) {
      throw new DamagedModuleException("not a kernel module: it has no .modinfo");
    }
    ByteBuffer content = section.get().content();
    for (int at = 0; at < content.capacity(); ) {
      String entry = ElfFile.text(content, at);
      int equals = entry.indexOf('=');
      if (equals > 0) {
        info.putIfAbsent(entry.substring(0, equals), entry.substring(equals + 1));
      }
      at += entry.length() + 1;
    }
    return info;
  }

  private static List<Symbol> needs(ElfFile elf, List<ElfFile.Symbol> symbols)
      throws DamagedModuleException {
    Map<String, Long> crcs = new HashMap<>();
    Optional<ElfFile.Section> versions = elf.section("__versions");
    if (versions.isPresent()) {
      ByteBuffer content = versions.get().content();
      for (int at = 0; at + VERSION_ENTRY <= content.capacity(); at += VERSION_ENTRY) {
        crcs.put(ElfFile.text(content, at + 8), content.getLong(at) & 0xffffffffL);
      }
    }
    for (ElfFile.Symbol symbol : symbols) {
      if (symbol.section() == 0 && symbol.binding() == ElfFile.Binding.STRONG) {
        crcs.putIfAbsent(symbol.name(), ModuleContent.NO_CRC);
      }
    }
    List<Symbol> needs = new ArrayList<>();
    // The same few thousand names stand in every module: one copy of each is kept.
    crcs.forEach((name, crc) -> needs.add(new Symbol(name.intern(), crc)));
    needs.sort(java.util.Comparator.comparing(Symbol::name));
    return needs;
  }

  private static Map<String, Long> exports(ElfFile elf, List<ElfFile.Symbol> symbols) {
    Map<String, Long> exports = new HashMap<>();
    for (ElfFile.Symbol symbol : symbols) {
      if (symbol.name().startsWith("__ksymtab_") && symbol.section() != 0) {
        exports.putIfAbsent(symbol.name().substring("__ksymtab_".length()), ModuleContent.NO_CRC);
      } else if (symbol.name().startsWith("__crc_")) {
        exports.put(symbol.name().substring("__crc_".length()), crc(elf, symbol));
      }
    }
    return exports;
  }

  /** The CRC itself, or since Linux 4.10 its place in the section __kcrctab. */
  private static long crc(ElfFile elf, ElfFile.Symbol symbol) {
    if (symbol.section() == ABSOLUTE) {
      return symbol.value() & 0xffffffffL;
    }
    return elf.section(symbol.section())
        .map(ElfFile.Section::content)
        .filter(content -> symbol.value() >= 0 && symbol.value() + 4 <= content.capacity())
        .map(content -> content.getInt((int) symbol.value()) & 0xffffffffL)
        .orElse(ModuleContent.NO_CRC);
  }

  private static @Nullable String buildId(ElfFile elf) {
    return elf.section(".note.gnu.build-id")
        .map(ElfFile.Section::content)
        .filter(content -> content.capacity() > NOTE_HEADER)
        .map(
            content -> {
              byte[] id = new byte[content.capacity() - NOTE_HEADER];
              content.get(NOTE_HEADER, id);
              return HexFormat.of().formatHex(id);
            })
        .orElse(null);
  }

  private static boolean isSigned(byte[] bytes) {
    int from = bytes.length - SIGNATURE.length;
    return from > 0
        && java.util.Arrays.equals(bytes, from, bytes.length, SIGNATURE, 0, SIGNATURE.length);
  }
}
