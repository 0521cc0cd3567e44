package org.kmodkeeper.metrics;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.BootState;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.KernelState.Presence;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.reconcile.StatePublisher.Loop;
import org.kmodkeeper.reconcile.StatePublisher.Outlook;
import org.kmodkeeper.reconcile.StatePublisher.Published;
import org.kmodkeeper.testing.Facts;
import org.kmodkeeper.testing.TestSettings;

/** A host with one driver, as it is published. */
@DisplayNameGeneration(ReplaceUnderscores.class)
abstract class MetricsFixture {
  static final Kernel OLD = new Kernel("6.1.0-1.el9.x86_64");
  static final Kernel NEW = new Kernel("6.1.0-2.el9.x86_64");

  final AttemptCounter attempts = new AttemptCounter(Facts.START);
  final List<KernelState> kernels = new ArrayList<>();
  final List<PreflightAnswer> offered = new ArrayList<>();
  BootState boot = BootState.UNKNOWN;
  Map<Path, Instant> certificates = Map.of();
  @Nullable String trouble;

  static DriverState cell(Kernel kernel, Verdict verdict, @Nullable Attempt last) {
    return new DriverState(
        Facts.missing().on(kernel).observation(),
        new Finding(verdict, "as the test says", null),
        new Plan.Rest(),
        last);
  }

  void kernel(Kernel kernel, DriverState... drivers) {
    kernels.add(new KernelState(kernel, Presence.INSTALLED, Arrays.asList(drivers)));
  }

  void kernel(Kernel kernel, Verdict verdict) {
    kernel(kernel, cell(kernel, verdict, null));
  }

  void offer(String release, Verdict verdict) {
    offered.add(
        new PreflightAnswer(
            Facts.START, release, "ixgbevf", "1.2", true, "", Depth.BUILD, verdict, "", null));
  }

  HostState state() {
    return HostState.of(kernels, boot);
  }

  String text() {
    var outlook = new Outlook(Facts.START, TestSettings.of().settings(), offered, certificates);
    var published = new Published(1, state(), outlook, Loop.IDLE, trouble);
    return new HostMetrics("0.1.0", published, attempts).text(1);
  }

  /** The samples of one metric. */
  List<String> samples(Metric metric) {
    return samples().stream()
        .filter(line -> line.matches(metric + "[{ ].*"))
        .map(line -> line.substring(metric.toString().length()))
        .toList();
  }

  List<String> samples() {
    return text().lines().filter(line -> !line.startsWith("#")).toList();
  }
}
