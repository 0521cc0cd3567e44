package org.kmodkeeper.kmod;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;

/**
 * The sections and symbols of a 64-bit relocatable ELF file: elf(5).
 *
 * <p>Each offset and size is checked against the file before it is used, so a truncated or corrupt
 * file is detected here, as the kernel's own loader finds it out (elf_validity_check in
 * kernel/module/main.c). Only what is asked for is read into memory.
 *
 * <p>It is our own since no tool of all hosts tells as much. The CRCs of what a module exports are
 * printed by {@code modprobe --show-exports}, which kmod has since 26 (NEWS); EL 7 has kmod 20, EL
 * 8 kmod 25. And modinfo of kmod 30 is content with a module without its last 100 bytes.
 */
public final class ElfFile {
  private static final int HEADER = 64;
  private static final int SECTION_HEADER = 64;
  private static final int SYMBOL = 24;
  private static final int NO_BITS = 8;
  private static final int SYMBOL_TABLE = 2;
  private static final int RELOCATABLE = 1;
  private static final int WEAK = 2;

  /** Tables and notes are smaller; code and debugging sections are not read. */
  private static final int MAX_SECTION_SIZE = 16 << 20;

  /**
   * KSYM_NAME_LEN of include/linux/kallsyms.h; what is longer is truncated and is not a kernel
   * symbol.
   */
  private static final int MAX_NAME_LENGTH = 512;

  /** More than a kernel exports. */
  static final int MAX_SYMBOLS = 1 << 15;

  private final SeekableByteChannel file;
  private final long length;
  private final ByteOrder order;
  private final List<@Nullable Section> sections = new ArrayList<>();

  /** One section that has contents in the file. */
  public record Section(String name, int type, long offset, long size, int link) {}

  /**
   * One symbol.
   *
   * @param section the index of its section; 0 for one that another file defines
   * @param weak whether a loader may leave it undefined
   */
  record Symbol(String name, int section, long value, boolean weak) {}

  public ElfFile(SeekableByteChannel file) throws IOException, DamagedModuleException {
    this.file = file;
    this.length = file.size();
    require(length >= HEADER, "not an ELF file");
    ByteBuffer header = read(0, HEADER, ByteOrder.BIG_ENDIAN);
    require(header.getInt(0) == 0x7f454c46, "not an ELF file");
    require(header.get(4) == 2, "not a 64-bit ELF file");
    this.order = header.get(5) == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    header.order(order);
    require(header.getShort(16) == RELOCATABLE, "not a relocatable ELF file");
    readSections(header);
  }

  private void readSections(ByteBuffer header) throws IOException, DamagedModuleException {
    int count = Short.toUnsignedInt(header.getShort(60));
    int names = Short.toUnsignedInt(header.getShort(62));
    require(header.getShort(58) == SECTION_HEADER && names < count, "a bad section table");
    ByteBuffer table = read(header.getLong(40), (long) count * SECTION_HEADER, order);
    ByteBuffer nameTable =
        read(
            table.getLong(names * SECTION_HEADER + 24),
            table.getLong(names * SECTION_HEADER + 32),
            order);
    sections.add(null);
    for (int index = 1; index < count; index++) {
      ByteBuffer entry = table.slice(index * SECTION_HEADER, SECTION_HEADER).order(order);
      var section =
          new Section(
              text(nameTable, entry.getInt(0)),
              entry.getInt(4),
              entry.getLong(24),
              entry.getLong(32),
              entry.getInt(40));
      boolean hasContent = section.type() != NO_BITS;
      if (hasContent) {
        requireInside(section.offset(), section.size());
      }
      sections.add(hasContent ? section : null);
    }
  }

  private void requireInside(long offset, long size) throws DamagedModuleException {
    require(
        offset >= 0 && size >= 0 && offset <= length && size <= length - offset,
        "truncated: a section reaches past the end of the file");
  }

  private ByteBuffer read(long offset, long size, ByteOrder byteOrder)
      throws IOException, DamagedModuleException {
    requireInside(offset, size);
    require(size <= MAX_SECTION_SIZE, "a table of more than 16 MiB");
    ByteBuffer bytes = ByteBuffer.allocate((int) size);
    file.position(offset);
    while (bytes.hasRemaining()) {
      require(file.read(bytes) >= 0, "truncated while it was read");
    }
    return bytes.flip().order(byteOrder);
  }

  /** The first section of that name. */
  public Optional<Section> section(String name) {
    for (Section section : sections) {
      if (section != null && section.name().equals(name)) {
        return Optional.of(section);
      }
    }
    return Optional.empty();
  }

  /** What a section holds. */
  public ByteBuffer content(Section section) throws IOException, DamagedModuleException {
    return read(section.offset(), section.size(), order);
  }

  /** The word at a symbol's place; empty if its section has no such place. */
  Optional<Integer> word(Symbol symbol) throws IOException, DamagedModuleException {
    @Nullable Section section = at(symbol.section());
    if (section == null || symbol.value() < 0 || symbol.value() > section.size() - Integer.BYTES) {
      return Optional.empty();
    }
    return Optional.of(read(section.offset() + symbol.value(), Integer.BYTES, order).getInt(0));
  }

  /** The symbols that another file defines, and those whose names begin so. */
  List<Symbol> symbols(List<String> beginnings) throws IOException, DamagedModuleException {
    List<Symbol> symbols = new ArrayList<>();
    for (Section table : sections) {
      if (table != null && table.type() == SYMBOL_TABLE) {
        @Nullable Section names = at(table.link());
        if (names == null) {
          throw new DamagedModuleException("symbols without names");
        }
        addSymbols(content(table), content(names), beginnings, symbols);
      }
    }
    return symbols;
  }

  private @Nullable Section at(int index) {
    return index >= 0 && index < sections.size() ? sections.get(index) : null;
  }

  private static void addSymbols(
      ByteBuffer table, ByteBuffer names, List<String> beginnings, List<Symbol> symbols)
      throws DamagedModuleException {
    for (int at = 0; at + SYMBOL <= table.capacity(); at += SYMBOL) {
      String name = text(names, table.getInt(at));
      int section = Short.toUnsignedInt(table.getShort(at + 6));
      if (!name.isEmpty() && (section == 0 || beginnings.stream().anyMatch(name::startsWith))) {
        symbols.add(
            new Symbol(
                name, section, table.getLong(at + 8), (table.get(at + 4) & 0xff) >> 4 == WEAK));
        require(symbols.size() <= MAX_SYMBOLS, "more than " + MAX_SYMBOLS + " symbols");
      }
    }
  }

  /** The text from {@code start} to the next NUL; no more than 512 bytes of it. */
  static String text(ByteBuffer bytes, int start) throws DamagedModuleException {
    require(start >= 0 && start <= bytes.capacity(), "a name outside of its table");
    byte[] array = bytes.array();
    int begin = bytes.arrayOffset() + start;
    int limit = bytes.arrayOffset() + Math.min(bytes.capacity(), start + MAX_NAME_LENGTH);
    int end = begin;
    while (end < limit && array[end] != 0) {
      end++;
    }
    return new String(array, begin, end - begin, StandardCharsets.ISO_8859_1);
  }

  private static void require(boolean holds, String otherwise) throws DamagedModuleException {
    if (!holds) {
      throw new DamagedModuleException(otherwise);
    }
  }
}
