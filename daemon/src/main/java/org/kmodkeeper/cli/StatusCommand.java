package org.kmodkeeper.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.host.DkmsHook;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows every driver for every kernel. */
@Command(
    name = "status",
    description = "Show the verdict on each driver for each kernel.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
  private final Host host;

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean json;

  @Option(names = "--kernel", paramLabel = "RELEASE", description = "Show this kernel only.")
  private @Nullable String kernel;

  StatusCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws Failure, InterruptedException {
    Host.Seen seen = host.look();
    Status status = seen.status();
    List<Status.Kernel> kernels = Host.select(status, kernel);
    if (json) {
      print(seen, kernels);
    } else {
      new StatusTable(host.out()).print(status, kernels);
      if (isTakeover()) {
        host.out().println("dkms's own hook is masked: kmodkeeper builds after the transaction.");
      }
    }
    return ExitStatus.OK.code();
  }

  private boolean isTakeover() throws Failure {
    try {
      return new DkmsHook(host.paths()).isMasked();
    } catch (IOException unreadable) {
      throw new Failure(ExitStatus.FAILURE, "dkms's hook cannot be read: " + unreadable);
    }
  }

  private void print(Host.Seen seen, List<Status.Kernel> kernels) throws Failure {
    Status all = seen.status();
    var shown = new Status(all.version(), all.busy(), all.bootable(), all.activity(), kernels);
    var gson =
        new GsonBuilder().serializeNulls().setPrettyPrinting().disableHtmlEscaping().create();
    var answer = new JsonObject();
    answer.addProperty("takeover", isTakeover());
    answer.addProperty("source", seen.source().name().toLowerCase(Locale.ROOT));
    gson.toJsonTree(shown).getAsJsonObject().asMap().forEach(answer::add);
    host.out().println(gson.toJson(answer));
  }
}
