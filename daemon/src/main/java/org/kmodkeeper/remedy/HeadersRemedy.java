package org.kmodkeeper.remedy;

import java.io.IOException;
import java.util.Optional;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.Completed;

/** Lets the package manager install the kernel's headers. */
public final class HeadersRemedy implements RemedyAction {
  private final PackageManager packages;

  public HeadersRemedy(PackageManager packages) {
    this.packages = packages;
  }

  @Override
  public Result apply(Job job) throws IOException, InterruptedException {
    Completed ran = packages.installHeaders(job.observation().kernel(), job.log().file());
    String program = ran.command().program();
    return ran.succeeded()
        ? new Result(Outcome.NOTHING_LANDED, program + " installed no usable headers")
        : new Result(
            Outcome.BUILD_FAILED,
            program + ": " + job.log().firstError().orElseGet(() -> ran.ending().toString()));
  }

  @Override
  public Optional<String> verify(Observation after, Verdict verdict) {
    return Optional.ofNullable(after.kernelFacts().headers())
        .map(headers -> "headers at " + headers);
  }
}
