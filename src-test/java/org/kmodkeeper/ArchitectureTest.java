package org.kmodkeeper;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of the design that a compiler does not check. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ArchitectureTest {
  private static final String ROOT = "org.kmodkeeper";

  /** Each may use only those before it. */
  private static final List<String> LAYERS =
      List.of(
          "text",
          "model",
          "json",
          "process",
          "varlink",
          "systemd",
          "host",
          "compress",
          "signing",
          "kmod",
          "build",
          "initramfs",
          "store",
          "config",
          "boot",
          "history",
          "observe",
          "evaluate",
          "remedy",
          "reconcile",
          "metrics",
          "preflight",
          "fleet",
          "image",
          "adopt",
          "keys",
          "api",
          "doctor",
          "report",
          "daemon",
          "cli",
          "cds");

  /** The programs, which name the real host. */
  private static final Set<String> MAINS =
      Set.of(
          ROOT + ".daemon.DaemonMain",
          ROOT + ".daemon.BootMain",
          ROOT + ".daemon.OfflineMain",
          ROOT + ".cli.CommandMain",
          ROOT + ".cds.CdsTrainingRun");

  /** HostPaths places all else below its root; to rpm, such a path is what a package provides. */
  private static final Set<String> NAME_ABSOLUTE_PATHS =
      Set.of(
          ROOT + ".host.HostPaths",
          ROOT + ".process.SearchPath",
          ROOT + ".process.CommandRunner",
          ROOT + ".build.Toolchain");

  /**
   * More means that a boundary is missing. Records of data may hold more, and GuardRules, a pure
   * function of what was read.
   */
  private static final int MAX_COLLABORATORS = 5;

  /** A class that fits on two screens, with its imports and comments. */
  private static final int MAX_LINES = 350;

  private static final Pattern HOST_DIRECTORY =
      Pattern.compile("/(bin|boot|dev|etc|lib|proc|root|run|sbin|sys|tmp|usr|var)\\b");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  static List<String> layers() {
    return LAYERS;
  }

  @ParameterizedTest
  @MethodSource("layers")
  void allows_a_package_only_those_below_it(String layer) {
    String[] above =
        LAYERS.subList(LAYERS.indexOf(layer) + 1, LAYERS.size()).stream()
            .map(ArchitectureTest::inside)
            .toArray(String[]::new);

    if (above.length > 0) {
      noClasses()
          .that()
          .resideInAPackage(inside(layer))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(above)
          .check(CLASSES);
    }
  }

  @Test
  void assigns_every_package_a_layer() {
    Set<String> packages = new TreeSet<>();
    CLASSES.forEach(type -> packages.add(type.getPackageName()));

    assertThat(packages)
        .containsExactlyInAnyOrderElementsOf(
            LAYERS.stream().map(layer -> ROOT + "." + layer).toList());
  }

  @Test
  void has_no_cycles() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void keeps_drivers_out_of_varlink_systemd_and_process() {
    noClasses()
        .that()
        .resideInAnyPackage(inside("varlink"), inside("systemd"), inside("process"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(inside("model"))
        .check(CLASSES);
  }

  @Test
  void has_the_command_reach_the_daemon_over_its_socket() {
    noClasses()
        .that()
        .resideInAnyPackage(inside("cli"), inside("report"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            inside("daemon"),
            inside("reconcile"),
            inside("remedy"),
            inside("evaluate"),
            inside("observe"),
            inside("history"),
            inside("initramfs"),
            inside("build"),
            inside("kmod"),
            inside("signing"))
        .check(CLASSES);
  }

  @Test
  void has_at_most_350_lines_in_a_file() throws IOException {
    List<String> longer = new ArrayList<>();
    for (String tree : List.of("daemon/src/main/java/org", "src-test/java/org")) {
      try (Stream<Path> files = Files.walk(Path.of(tree))) {
        for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
          int lines = Files.readAllLines(file).size();
          if (lines > MAX_LINES) {
            longer.add(file + ": " + lines);
          }
        }
      }
    }

    assertThat(longer).isEmpty();
  }

  @Test
  void keeps_input_and_output_out_of_the_model() {
    noClasses()
        .that()
        .resideInAPackage(inside("model"))
        .should()
        .dependOnClassesThat(
            resideInAPackage("java.io..")
                .or(resideInAPackage("java.net.."))
                .or(resideInAPackage("java.nio.."))
                .and(DescribedPredicate.not(JavaClass.Predicates.type(java.nio.file.Path.class))))
        .check(CLASSES);
  }

  @Test
  void names_the_real_clock_only_in_the_programs() {
    noClasses()
        .that(DescribedPredicate.not(programs()))
        .should()
        .accessTargetWhere(realClock())
        .check(CLASSES);
  }

  @Test
  void reads_the_environment_only_in_the_programs() {
    noClasses()
        .that(DescribedPredicate.not(programs()))
        .should()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .callMethod(System.class, "getProperty", String.class)
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .check(CLASSES);
  }

  @Test
  void starts_processes_only_in_the_package_process() {
    noClasses()
        .that()
        .resideOutsideOfPackage(inside("process"))
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(ProcessBuilder.class, Process.class)
        .orShould()
        .accessTargetWhere(exec())
        .check(CLASSES);
  }

  @Test
  void takes_at_most_five_collaborators_in_a_constructor() {
    assertThat(
            CLASSES.stream()
                .filter(type -> !type.isRecord() && !type.isEnum() && !type.isAnonymousClass())
                .filter(type -> !type.getName().equals(ROOT + ".boot.GuardRules"))
                .flatMap(type -> type.getConstructors().stream())
                .filter(made -> made.getRawParameterTypes().size() > MAX_COLLABORATORS)
                .map(JavaConstructor::getFullName))
        .isEmpty();
  }

  @Test
  void keeps_what_may_be_absent_as_null_and_not_as_optional() {
    assertThat(
            CLASSES.stream()
                .flatMap(type -> type.getFields().stream())
                .filter(field -> field.getRawType().isEquivalentTo(Optional.class))
                .map(JavaField::getFullName))
        .isEmpty();
  }

  @Test
  void names_absolute_paths_only_in_four_classes() throws IOException {
    Set<String> found = new TreeSet<>();
    for (JavaClass type : CLASSES) {
      URI file = type.getSource().orElseThrow().getUri();
      if (!NAME_ABSOLUTE_PATHS.contains(type.getName())) {
        StringConstants.in(file).stream()
            .filter(text -> HOST_DIRECTORY.matcher(text).lookingAt())
            .forEach(text -> found.add(type.getName() + ": " + text));
      }
    }

    assertThat(found).isEmpty();
  }

  @Test
  void sees_string_constants() throws IOException {
    URI file = CLASSES.get(ROOT + ".process.CommandRunner").getSource().orElseThrow().getUri();

    assertThat(StringConstants.in(file)).contains("/usr/bin/setsid");
  }

  private static String inside(String layer) {
    return ROOT + "." + layer + "..";
  }

  private static DescribedPredicate<JavaClass> programs() {
    return DescribedPredicate.describe("are programs", type -> MAINS.contains(type.getName()));
  }

  private static DescribedPredicate<JavaAccess<?>> exec() {
    return DescribedPredicate.describe(
        "is Runtime.exec",
        access ->
            access.getTargetOwner().isEquivalentTo(Runtime.class)
                && access.getTarget().getName().equals("exec"));
  }

  private static DescribedPredicate<JavaAccess<?>> realClock() {
    return DescribedPredicate.describe(
        "is the real clock",
        access -> {
          String owner = access.getTargetOwner().getName();
          String name = access.getTarget().getName();
          return (owner.equals("java.time.Clock") && name.startsWith("system"))
              || (owner.startsWith("java.time.") && name.equals("now"))
              || (owner.equals("java.lang.System") && name.equals("currentTimeMillis"))
              || (owner.equals("java.util.Date") && name.equals("<init>"));
        });
  }
}
