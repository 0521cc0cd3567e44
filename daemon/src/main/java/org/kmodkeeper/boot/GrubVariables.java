package org.kmodkeeper.boot;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.boot.GrubScript.Part;
import org.kmodkeeper.boot.GrubScript.Word;

/** GRUB's variables while a script runs; of some only the next boot will tell the value. */
final class GrubVariables {
  /** Set by GRUB itself, from the machine that it finds: "Special environment variables". */
  private static final String GRUBS_OWN =
      "(feature|grub|net|pxe|check|cryptodisk)_.*|cmdpath|root|lockdown|shim_lock|chosen|debug"
          + "|lang|locale_dir|biosnum|[?#@*]|\\d+";

  private final Map<String, GrubValue> values;

  /** Why those that were not set since are not known; empty if they are. */
  private String foreign;

  GrubVariables() {
    this(Map.of(), "");
  }

  private GrubVariables(Map<String, GrubValue> values, String foreign) {
    this.values = new HashMap<>(values);
    this.foreign = foreign;
  }

  GrubVariables copy() {
    return new GrubVariables(values, foreign);
  }

  void set(String name, GrubValue value) {
    values.put(name, value);
  }

  /** Any of them may have been set. */
  void forgetAll(String why) {
    values.clear();
    foreign = why;
  }

  /** Which of two ways was taken is not known: what they do not agree on is not either. */
  void forgetWhereUnlike(GrubVariables other, String condition) {
    Set<String> names = new HashSet<>(values.keySet());
    names.addAll(other.values.keySet());
    for (String name : names) {
      if (!get(name).equals(other.get(name))) {
        values.put(name, GrubValue.unknown(condition));
      }
    }
    foreign = foreign.isEmpty() ? other.foreign : foreign;
  }

  GrubValue get(String name) {
    return values.getOrDefault(name, initial(name));
  }

  /** What an entry uses; what is not known counts as empty. */
  String text(String name) {
    return Optional.ofNullable(get(name).text()).orElse("");
  }

  private GrubValue initial(String name) {
    if (!foreign.isEmpty()) {
      return GrubValue.unknown(foreign);
    }
    return name.matches(GRUBS_OWN) ? GrubValue.unknown("$" + name) : GrubValue.UNSET;
  }

  /** The words with their variables replaced. */
  List<GrubValue> expand(List<Word> words) {
    return words.stream().flatMap(word -> expand(word).stream()).toList();
  }

  /**
   * A word without quotes falls apart at the blanks of its variables, and is gone if it is empty.
   */
  private List<GrubValue> expand(Word word) {
    GrubValue whole = whole(word);
    @Nullable String text = whole.text();
    boolean quoted = word.parts().stream().anyMatch(part -> part.quoted() || !part.variable());
    if (quoted || text == null) {
      return List.of(whole);
    }
    return Stream.of(text.split("\\s+"))
        .filter(each -> !each.isEmpty())
        .map(GrubValue::of)
        .toList();
  }

  private GrubValue whole(Word word) {
    var text = new StringBuilder();
    for (Part part : word.parts()) {
      GrubValue value = part.variable() ? get(part.text()) : GrubValue.of(part.text());
      if (value.text() == null) {
        return GrubValue.unknown(text.toString(), value.doubt());
      }
      text.append(value.text());
    }
    return GrubValue.of(text.toString());
  }
}
