package org.kmodkeeper.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverFacts;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.KebabCase;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;

/** The interface file against the records that travel. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class InterfaceFileTest {
  /** A type cannot have the name of the method that returns it. */
  private static final Map<Class<?>, String> RENAMED =
      Map.of(
          Status.class,
          "HostStatus",
          Status.KernelStatus.class,
          "Kernel",
          Status.DriverStatus.class,
          "Driver",
          NextBoot.class,
          "BootState",
          PreflightAnswer.class,
          "Answer",
          InitramfsCopy.class,
          "Initramfs",
          Explanation.ModuleFacts.class,
          "Module",
          Explanation.FileFacts.class,
          "ModuleFile",
          Explanation.PastAttempt.class,
          "Attempt");

  private static final Set<Class<?>> TEXTS =
      Set.of(String.class, Path.class, Instant.class, Kernel.class);

  private final InterfaceFile file;

  InterfaceFileTest() throws IOException {
    file = InterfaceFile.read();
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        Status.class,
        Status.KernelStatus.class,
        Status.DriverStatus.class,
        Activity.class,
        History.Entry.class,
        NextBoot.class,
        PreflightAnswer.class,
        Explanation.class,
        Explanation.ModuleFacts.class,
        Explanation.FileFacts.class,
        Fit.class,
        InitramfsCopy.class,
        Explanation.PastAttempt.class
      })
  void gives_a_record_the_fields_of_its_type(Class<?> record) {
    assertThat(fields(record)).isEqualTo(file.fields("type", type(record)));
  }

  /** Clients that keep all members in one namespace refuse an interface that names one twice. */
  @Test
  void has_no_two_members_of_the_same_name() {
    assertThat(file.members()).doesNotHaveDuplicates();
  }

  @Test
  void has_a_record_for_every_type() {
    assertThat(file.types())
        .containsExactlyInAnyOrder(
            "HostStatus",
            "Kernel",
            "Driver",
            "Activity",
            "Entry",
            "BootState",
            "Answer",
            "Explanation",
            "Module",
            "ModuleFile",
            "Fit",
            "Initramfs",
            "Attempt");
  }

  static Stream<Enum<?>> words() {
    return Stream.<Enum<?>[]>of(
            Verdict.values(),
            Observation.Resolution.values(),
            DriverFacts.DkmsState.values(),
            ModuleFile.Provenance.values(),
            Fit.Signature.values(),
            InitramfsCopy.Match.values(),
            Attempt.Outcome.values(),
            Policy.Origin.values(),
            Remedy.values(),
            GuardMode.values())
        .flatMap(Arrays::stream);
  }

  @ParameterizedTest
  @MethodSource("words")
  void names_every_word_that_travels(Enum<?> word) {
    assertThat(file.text()).containsPattern("(?m)^#.*\\b" + KebabCase.of(word) + "([ ,]|$)");
  }

  @Test
  void documents_the_parameters_that_a_notification_is_sent_with() {
    var notification = new Notification(List.of(), List.of(), false, false, false, "dnf");

    assertThat(notification.toJson().keySet())
        .containsExactlyInAnyOrderElementsOf(file.fields("method", "Notify").keySet());
  }

  private static Map<String, String> fields(Class<?> record) {
    Map<String, String> fields = new TreeMap<>();
    for (RecordComponent component : Arrays.asList(record.getRecordComponents())) {
      boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
      fields.put(component.getName(), (nullable ? "?" : "") + word(component.getGenericType()));
    }
    return fields;
  }

  private static String type(Class<?> record) {
    return RENAMED.getOrDefault(record, record.getSimpleName());
  }

  /** A Java type in Varlink's words. */
  private static String word(Type type) {
    if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      return "[]" + word(list.getActualTypeArguments()[0]);
    }
    if (type instanceof Class<?> kind && (TEXTS.contains(kind) || kind.isEnum())) {
      return "string";
    }
    if (type == Long.class || type == long.class || type == int.class) {
      return "int";
    }
    return type == boolean.class ? "bool" : type((Class<?>) type);
  }
}
