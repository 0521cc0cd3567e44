package org.kmodkeeper;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;

/** How tests are named. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TestNamesTest {
  private static final int MAX_LENGTH = 60;

  /** A verb in the third person, or never; the words excluded only look like one. */
  private static final Pattern VERB_FIRST =
      Pattern.compile(
          "(?!(?:its|this|always|as|whose|drivers|kernels|modules)_)(?:[a-z]+s|never)_.+");

  private static final List<String> NAMES =
      new ClassFileImporter()
              .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
              .importPackages(TestNamesTest.class.getPackageName())
              .stream()
              .flatMap(type -> type.getMethods().stream())
              .filter(method -> method.isMetaAnnotatedWith(Testable.class))
              .map(JavaMethod::getName)
              .distinct()
              .toList();

  @Test
  void has_at_most_60_characters_in_a_name() {
    assertThat(NAMES).filteredOn(name -> name.length() > MAX_LENGTH).isEmpty();
  }

  @Test
  void begins_a_name_with_its_verb() {
    assertThat(NAMES)
        .hasSizeGreaterThan(1_000)
        .filteredOn(name -> !VERB_FIRST.matcher(name).matches())
        .isEmpty();
  }
}
