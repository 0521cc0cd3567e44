package org.kmodkeeper.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Status;
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
    }
    return ExitStatus.OK.code();
  }

  private void print(Host.Seen seen, List<Status.Kernel> kernels) {
    Status all = seen.status();
    var shown = new Status(all.version(), all.busy(), all.bootable(), all.activity(), kernels);
    var gson =
        new GsonBuilder().serializeNulls().setPrettyPrinting().disableHtmlEscaping().create();
    var answer = new JsonObject();
    answer.addProperty("source", seen.source().name().toLowerCase(Locale.ROOT));
    gson.toJsonTree(shown).getAsJsonObject().asMap().forEach(answer::add);
    host.out().println(gson.toJson(answer));
  }
}
