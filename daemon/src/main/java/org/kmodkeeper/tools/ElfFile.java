package org.kmodkeeper.tools;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sections and symbols of a 64-bit relocatable ELF file: elf(5).
 *
 * <p>Each offset and size is checked against the file before it is used, so a cut or garbled file
 * is found out here, as the kernel's own loader finds it out (elf_validity_check in
 * kernel/module/main.c).
 */
final class ElfFile {
  private static final int HEADER = 64;
  private static final int SECTION_HEADER = 64;
  private static final int SYMBOL = 24;
  private static final int NO_BITS = 8;
  private static final int SYMBOL_TABLE = 2;
  private static final int RELOCATABLE = 1;
  private static final int WEAK = 2;

  private final ByteBuffer file;
  private final List<Section> sections = new ArrayList<>();

  /** One section that has contents in the file. */
  record Section(String name, int type, ByteBuffer content, int link, int index) {}

  /**
   * One symbol.
   *
   * @param section the index of its section; 0 for one that another file defines
   * @param binding whether a loader may leave it undefined
   */
  record Symbol(String name, int section, long value, Binding binding) {}

  /** Whether a symbol must be found. */
  enum Binding {
    STRONG,
    WEAK
  }

  ElfFile(byte[] bytes) throws DamagedModuleException {
    file = ByteBuffer.wrap(bytes);
    require(bytes.length >= HEADER && file.getInt(0) == 0x7f454c46, "not an ELF file");
    require(file.get(4) == 2, "not a 64-bit ELF file");
    file.order(file.get(5) == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    require(file.getShort(16) == RELOCATABLE, "not a relocatable ELF file");
    readSections();
  }

  private void readSections() throws DamagedModuleException {
    long table = file.getLong(40);
    int count = Short.toUnsignedInt(file.getShort(60));
    int names = Short.toUnsignedInt(file.getShort(62));
    require(file.getShort(58) == SECTION_HEADER && names < count, "a bad section table");
    slice(table, (long) count * SECTION_HEADER);
    ByteBuffer nameTable = content(table, names);
    for (int at = 1; at < count; at++) {
      int header = (int) table + at * SECTION_HEADER;
      int type = file.getInt(header + 4);
      if (type != NO_BITS) {
        sections.add(
            new Section(
                text(nameTable, file.getInt(header)),
                type,
                content(table, at),
                file.getInt(header + 40),
                at));
      }
    }
  }

  private ByteBuffer content(long table, int index) throws DamagedModuleException {
    int header = (int) table + index * SECTION_HEADER;
    return slice(file.getLong(header + 24), file.getLong(header + 32));
  }

  private ByteBuffer slice(long offset, long size) throws DamagedModuleException {
    long length = file.capacity();
    require(
        offset >= 0 && size >= 0 && offset <= length && size <= length - offset,
        "cut short: a section reaches past the end of the file");
    return file.slice((int) offset, (int) size).order(file.order());
  }

  /** The first section of that name. */
  Optional<Section> section(String name) {
    return sections.stream().filter(section -> section.name().equals(name)).findFirst();
  }

  /** The section with that index. */
  Optional<Section> section(int index) {
    return sections.stream().filter(section -> section.index() == index).findFirst();
  }

  /** All symbols that have a name. */
  List<Symbol> symbols() throws DamagedModuleException {
    List<Symbol> symbols = new ArrayList<>();
    for (Section table : sections) {
      if (table.type() == SYMBOL_TABLE) {
        Section names =
            section(table.link())
                .orElseThrow(() -> new DamagedModuleException("symbols without names"));
        for (int at = 0; at + SYMBOL <= table.content().capacity(); at += SYMBOL) {
          String name = text(names.content(), table.content().getInt(at));
          int section = Short.toUnsignedInt(table.content().getShort(at + 6));
          if (!name.isEmpty()) {
            boolean weak = (table.content().get(at + 4) & 0xff) >> 4 == WEAK;
            symbols.add(
                new Symbol(
                    name,
                    section,
                    table.content().getLong(at + 8),
                    weak ? Binding.WEAK : Binding.STRONG));
          }
        }
      }
    }
    return symbols;
  }

  /** The text from {@code start} to the next NUL. */
  static String text(ByteBuffer bytes, int start) throws DamagedModuleException {
    require(start >= 0 && start <= bytes.capacity(), "a name outside of its table");
    int end = start;
    while (end < bytes.capacity() && bytes.get(end) != 0) {
      end++;
    }
    byte[] text = new byte[end - start];
    bytes.get(start, text);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  private static void require(boolean holds, String otherwise) throws DamagedModuleException {
    if (!holds) {
      throw new DamagedModuleException(otherwise);
    }
  }
}
