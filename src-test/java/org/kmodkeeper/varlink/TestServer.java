package org.kmodkeeper.varlink;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server on a real socket, with one small interface for each way to be answered. */
final class TestServer implements AutoCloseable {
  static final String DESCRIPTION =
      """
      interface org.example
      method Echo(number: ?int, text: ?string, a: ?object) -> ()
      method Tell(number: ?int) -> ()
      """;
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Limits LIMITS =
      new Limits(64 * 1024, 64 * 1024, 64, 64, 0, Duration.ofMinutes(1));

  final Path socket;
  private final VarlinkServer server;

  /** Counted down by each call of Mark. */
  final CountDownLatch marked = new CountDownLatch(1);

  /** The calls of Tell. */
  final BlockingQueue<Call> told = new LinkedBlockingQueue<>();

  /** Counted down when a call of Forever has noticed that its caller is gone. */
  final CountDownLatch abandoned = new CountDownLatch(1);

  private TestServer(Path directory, Limits limits) throws IOException {
    this.socket = directory.resolve("org.example");
    this.server =
        VarlinkServer.open(
            OptionalInt.empty(),
            socket,
            limits,
            new ServiceInfo("vendor", "product", "1.2", "https://example.org"),
            List.of(
                new Interface(
                    "org.example",
                    DESCRIPTION,
                    Map.of(
                        "Echo", (call, replies) -> call.parameters(),
                        "Who", (call, replies) -> who(call),
                        "Mark", (call, replies) -> mark(),
                        "Tell", (call, replies) -> tell(call),
                        "Count", (call, replies) -> count(replies),
                        "Forever", (call, replies) -> forever(replies),
                        "Flood", (call, replies) -> flood(replies),
                        "Fail", (call, replies) -> fail(),
                        "Exhaust", (call, replies) -> exhaust()))));
  }

  static TestServer start(Path directory) throws IOException {
    return start(directory, LIMITS);
  }

  /** Also hears what is written to the FIFO. */
  static TestServer hearing(Path directory, Path fifo) throws IOException {
    var server = new TestServer(directory, LIMITS);
    server.server.listenOnFifo(fifo);
    server.server.start();
    return server;
  }

  static TestServer start(Path directory, Limits limits) throws IOException {
    var server = new TestServer(directory, limits);
    server.server.start();
    return server;
  }

  /** Trusts nobody. */
  static TestServer wary(Path directory, Limits limits) throws IOException {
    var server = new TestServer(directory, limits);
    server.server.trust(peer -> false);
    server.server.start();
    return server;
  }

  VarlinkClient client() throws IOException {
    return VarlinkClient.connect(socket);
  }

  RawCaller caller() throws IOException {
    return RawCaller.connect(socket);
  }

  private static JsonObject who(Call call) {
    var answer = new JsonObject();
    answer.addProperty("pid", call.peer().pid());
    answer.addProperty("uid", call.peer().uid());
    answer.addProperty("gid", call.peer().gid());
    return answer;
  }

  private JsonObject mark() {
    marked.countDown();
    return new JsonObject();
  }

  private JsonObject tell(Call call) {
    told.add(call);
    return new JsonObject();
  }

  private static JsonObject count(Handler.Replies replies) throws IOException {
    replies.next(number(1));
    replies.next(number(2));
    return number(3);
  }

  /** Says one thing, then waits for the caller to leave. */
  private JsonObject forever(Handler.Replies replies) throws IOException, InterruptedException {
    replies.next(number(1));
    var pulse = new CountDownLatch(1);
    while (!replies.abandoned()) {
      pulse.await(10, TimeUnit.MILLISECONDS);
    }
    abandoned.countDown();
    return number(0);
  }

  /** Far more than a socket's buffers hold. */
  private static JsonObject flood(Handler.Replies replies) throws IOException {
    var much = new JsonObject();
    much.addProperty("text", "x".repeat(1 << 16));
    for (int reply = 0; reply < 1000; reply++) {
      replies.next(much);
    }
    return much;
  }

  private static JsonObject exhaust() {
    throw new OutOfMemoryError("as if the heap were full");
  }

  private static JsonObject fail() {
    throw new IllegalStateException("a bug that the test put in");
  }

  static JsonObject number(int number) {
    var answer = new JsonObject();
    answer.addProperty("number", number);
    return answer;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
