package org.kmodkeeper.metrics;

import static java.util.Comparator.naturalOrder;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.BootState;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Policy.Need;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.reconcile.StatePublisher.Outlook;
import org.kmodkeeper.reconcile.StatePublisher.Published;

/**
 * What is published, as metrics; pure.
 *
 * @param version of this program
 */
record HostMetrics(String version, Published published, AttemptCounter attempts) {
  /**
   * The text of the file; empty as long as the host was not looked at.
   *
   * @param up 1, or 0 if the daemon stops
   */
  String text(int up) {
    @Nullable HostState state = published.state();
    @Nullable Outlook outlook = published.outlook();
    var text = new Exposition();
    if (state != null && outlook != null) {
      text.add(Metric.BUILD_INFO, 1, version);
      text.add(Metric.UP, up);
      text.add(Metric.LAST_PASS_SUCCESS, published.trouble() == null);
      text.add(Metric.LAST_PASS_TIMESTAMP_SECONDS, outlook.at().getEpochSecond());
      text.add(Metric.RESYNC_INTERVAL_SECONDS, outlook.settings().resync().toSeconds());
      addKernels(state, text);
      addNextBoot(state, text);
      attempts.addTo(text);
      addOffered(state, outlook, text);
      new TreeMap<>(outlook.certificates())
          .forEach((file, end) -> addCertificate(file.toString(), end, text));
    }
    return text.toString();
  }

  private static void addKernels(HostState state, Exposition text) {
    state
        .kernels()
        .forEach(row -> text.add(Metric.KERNEL_BOOTABLE, row.bootable(), row.kernel().release()));
    state
        .cells()
        .forEach(
            cell -> {
              var seen = cell.observation();
              Verdict verdict = cell.finding().verdict();
              text.add(
                  Metric.DRIVER_READY,
                  verdict.bootable(),
                  seen.kernel().release(),
                  seen.policy().name(),
                  seen.driver() == null ? "" : seen.driver().version(),
                  verdict.toString(),
                  seen.policy().need() == Need.OPTIONAL ? "no" : "yes");
            });
  }

  private static void addNextBoot(HostState state, Exposition text) {
    text.add(Metric.NEXT_BOOT_SAFE, state.isNextBootSafe());
    @Nullable Kernel next = state.nextBoot();
    if (next != null) {
      text.add(Metric.NEXT_BOOT_INFO, 1, next.release());
    }
    BootState.@Nullable Hold hold = state.boot().hold();
    text.add(Metric.HOLD_ACTIVE, hold != null);
    if (hold != null) {
      long since = hold.since().getEpochSecond();
      text.add(Metric.HOLD_START_TIMESTAMP_SECONDS, since, hold.wanted().release());
    }
  }

  /** Of the kernels that are offered those that an update installs: the newest of each variant. */
  private static void addOffered(HostState state, Outlook outlook, Exposition text) {
    Map<String, Kernel> newest = new HashMap<>();
    Set<DriverOnKernel> added = new HashSet<>();
    Stream.concat(
            state.kernels().stream().map(KernelState::kernel),
            outlook.offered().stream().map(answer -> answer.cell().kernel()))
        .forEach(one -> newest.merge(one.variant(), one, BinaryOperator.maxBy(naturalOrder())));
    outlook.offered().stream()
        .filter(answer -> newest.containsValue(answer.cell().kernel()))
        .filter(answer -> state.find(answer.cell().kernel()).isEmpty())
        .filter(answer -> added.add(answer.cell()))
        .forEach(
            answer ->
                text.add(
                    Metric.OFFERED_DRIVER_READY,
                    answer.promisesReady(),
                    answer.kernel(),
                    answer.driver(),
                    answer.version() == null ? "" : answer.version(),
                    answer.verdict().toString(),
                    answer.required() ? "yes" : "no"));
  }

  private static void addCertificate(String file, Instant end, Exposition text) {
    text.add(Metric.CERTIFICATE_EXPIRY_TIMESTAMP_SECONDS, end.getEpochSecond(), file);
  }
}
