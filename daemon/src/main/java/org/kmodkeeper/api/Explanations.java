package org.kmodkeeper.api;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.reconcile.StatusReader;

/** What the verdicts on one kernel's drivers rest on, as it travels over the socket. */
public record Explanations(List<Explanation> explanations) {
  public Explanations {
    explanations = List.copyOf(explanations);
  }

  /** Converts the evidence to the interface's records; empty if there is none. */
  static Explanations of(StatusReader reader, String kernel, @Nullable String driver)
      throws IOException, InterruptedException {
    return new Explanations(reader.explain(kernel, driver).stream().map(Explanation::of).toList());
  }
}
