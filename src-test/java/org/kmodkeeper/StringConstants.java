package org.kmodkeeper;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The string constants of a class file: its constant pool, JVMS 4.4; ArchUnit does not see them.
 */
final class StringConstants {
  private StringConstants() {}

  static List<String> in(URI classFile) throws IOException {
    try (var file = new DataInputStream(classFile.toURL().openStream())) {
      // Magic number and versions.
      file.skipNBytes(8);
      int count = file.readUnsignedShort();
      Map<Integer, String> texts = new TreeMap<>();
      Set<Integer> constants = new TreeSet<>();
      for (int entry = 1; entry < count; entry++) {
        int tag = file.readUnsignedByte();
        switch (tag) {
          case 1 -> texts.put(entry, file.readUTF());
          case 8 -> constants.add(file.readUnsignedShort());
          case 7, 16, 19, 20 -> file.skipNBytes(2);
          case 15 -> file.skipNBytes(3);
          case 3, 4, 9, 10, 11, 12, 17, 18 -> file.skipNBytes(4);
          case 5, 6 -> {
            file.skipNBytes(8);
            // A long or a double takes two entries.
            entry++;
          }
          default -> throw new IOException(classFile + ": unknown constant tag " + tag);
        }
      }
      return constants.stream().map(index -> String.valueOf(texts.get(index))).toList();
    }
  }
}
