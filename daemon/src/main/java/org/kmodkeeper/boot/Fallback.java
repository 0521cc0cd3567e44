package org.kmodkeeper.boot;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;

/**
 * Which kernel stands in for one that is not bootable: one that was the default before, else the
 * running one, else the newest of the same flavour, else the newest, which is better no variant
 * such as {@code +debug}.
 *
 * @param defaults what has been the default, the last one first
 * @param running null if that is not known
 * @param installed newest first
 */
record Fallback(List<Kernel> defaults, @Nullable Kernel running, List<Kernel> installed) {
  private static final Pattern WORD = Pattern.compile("[A-Za-z]+");

  /**
   * The first that will do.
   *
   * @param wanted the one that it stands in for
   */
  Optional<Kernel> of(Kernel wanted, Predicate<Kernel> safe) {
    Stream<Kernel> used = Stream.concat(defaults.stream(), Stream.ofNullable(running));
    Stream<Kernel> alike =
        installed.stream().filter(kernel -> flavour(kernel).equals(flavour(wanted)));
    Stream<Kernel> plain = installed.stream().filter(kernel -> kernel.variant().isEmpty());
    return Stream.of(used, alike, plain, installed.stream())
        .flatMap(Function.identity())
        .filter(kernel -> !kernel.equals(wanted) && installed.contains(kernel))
        .filter(safe)
        .findFirst();
  }

  /**
   * What is left of a release without its numbers: {@code el x} of a distribution's own kernel,
   * {@code el elrepo x}, {@code el uek x}; with the variant, such as {@code +debug}.
   */
  static String flavour(Kernel kernel) {
    return String.join(
            " ", WORD.matcher(kernel.version()).results().map(MatchResult::group).toList())
        + kernel.variant();
  }
}
