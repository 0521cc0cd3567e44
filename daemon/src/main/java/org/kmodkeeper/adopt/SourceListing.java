package org.kmodkeeper.adopt;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.kmodkeeper.adopt.SourceEntry.Kind;

/**
 * What a source holds, found out without writing any of it.
 *
 * @param top the single top directory, as archives have it; empty if there is none
 * @param files how many files there are; directories and links do not count
 * @param bytes how many bytes they have
 */
record SourceListing(String top, long files, long bytes) {
  /**
   * Reads the source once and checks all of it.
   *
   * @param name what to call it in messages
   * @throws RefusedException if it cannot be read, or holds what it must not
   */
  static SourceListing of(String name, SourceTree tree) throws RefusedException {
    List<SourceEntry> entries = new ArrayList<>();
    try {
      var rules = new SourceValidator(name, "");
      tree.read((entry, content) -> rules.admit(entry).ifPresent(entries::add));
    } catch (IOException unreadable) {
      throw new RefusedException(name + ": cannot be read: " + unreadable.getMessage());
    }
    // A link may lead up no further than to the directory that will be the source's root.
    String top = top(entries);
    var rules = new SourceValidator(name, top);
    for (SourceEntry entry : entries) {
      rules.admit(entry);
    }
    long files = entries.stream().filter(entry -> entry.kind() == Kind.FILE).count();
    if (files == 0) {
      throw new RefusedException(name + ": contains no files");
    }
    return new SourceListing(top, files, rules.bytes());
  }

  private static String top(List<SourceEntry> entries) {
    Set<String> tops = new HashSet<>();
    for (SourceEntry entry : entries) {
      String[] names = entry.path().split("/", 2);
      boolean directory = names.length > 1 || entry.kind() == Kind.DIRECTORY;
      tops.add(directory ? names[0] : "");
    }
    return tops.size() == 1 ? tops.iterator().next() : "";
  }
}
