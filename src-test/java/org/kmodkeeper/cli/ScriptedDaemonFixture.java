package org.kmodkeeper.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.api.Service;
import org.kmodkeeper.varlink.Handler;
import org.kmodkeeper.varlink.Interface;
import org.kmodkeeper.varlink.Limits;
import org.kmodkeeper.varlink.VarlinkServer;

/** The command with a daemon that says what the test tells it to. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
abstract class ScriptedDaemonFixture {
  static final String IDLE = status(false, "", "ready");
  static final String BUSY = status(true, "", "missing");
  static final String BUILDING =
      status(
          true,
          "{'kernel':'6.1','driver':'nic','remedy':'dkms','since':'2026-01-01T00:00:00Z','doing':null}",
          "building");

  /** A build as an activity that usually takes 20 s, and has begun a minute and a second ago. */
  static final String SLOW =
      "{'kernel':'6.1','driver':'nic','remedy':'dkms','since':'2025-12-31T23:58:59Z','doing':null,"
          + "'usualMilliseconds':19001}";

  TestTerminal terminal;
  AutoCloseable daemon = () -> {};

  @BeforeEach
  void open_a_terminal(@TempDir Path root) {
    terminal = new TestTerminal(root);
  }

  @AfterEach
  void stop() throws Exception {
    daemon.close();
  }

  void start(Handler status, Handler watch) throws IOException {
    Files.createDirectories(terminal.paths.run());
    var offered = new Interface(Service.NAME, "", Map.of("Status", status, "Watch", watch));
    VarlinkServer server =
        VarlinkServer.open(
            OptionalInt.empty(),
            terminal.paths.socket(),
            Limits.STANDARD,
            Service.INFO,
            List.of(offered));
    server.start();
    daemon = server;
  }

  static Handler says(String answer) {
    return (call, replies) -> json(answer);
  }

  /** Never answers; ends with its caller. */
  static JsonObject silence(Handler.Replies replies) throws IOException {
    while (!replies.abandoned()) {
      Thread.onSpinWait();
    }
    return new JsonObject();
  }

  static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  static String status(boolean busy, String activity, String verdict) {
    return "{'status':{'version':'1','busy':"
        + busy
        + ",'bootable':true,'offered':[],'activities':["
        + activity
        + "],'kernels':[{'release':'6.1','running':true,'bootable':true,'drivers':"
        + "[{'driver':'nic','verdict':'"
        + verdict
        + "','required':true,'detail':'why'}]}]}}";
  }

  /** Shows these, one after the other, and then breaks the connection off. */
  static Handler shows(String... answers) {
    return (call, replies) -> {
      for (String answer : answers) {
        replies.next(json(answer));
      }
      throw new IOException("the end");
    };
  }
}
