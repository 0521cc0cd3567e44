package org.kmodkeeper.varlink;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/** Connections of another user, each with one call answered; they stay until this is closed. */
final class UserCrowd implements AutoCloseable {
  private static final String SCRIPT =
      """
      import json, socket, sys
      peers = []
      for _ in range(int(sys.argv[2])):
          peers.append(socket.socket(socket.AF_UNIX))
          peers[-1].connect(sys.argv[1])
      served, limits = 0, []
      for peer in peers:
          try:
              peer.sendall(b'{"method":"org.example.Echo"}\\0')
          except BrokenPipeError:
              pass
          reply = json.loads(peer.recv(65536).rstrip(b"\\0"))
          if "error" in reply:
              limits.append(reply["parameters"]["limit"])
          else:
              served += 1
      print(served, *limits, flush=True)
      sys.stdin.read()
      """;

  final int served;

  /** Which limit each of those was told of that were turned away. */
  final List<Integer> limits;

  private final Process process;

  private UserCrowd(Process process) throws IOException {
    this.process = process;
    String line = process.inputReader(StandardCharsets.UTF_8).readLine();
    List<Integer> numbers =
        Stream.of(requireNonNull(line).split(" ")).map(Integer::valueOf).toList();
    this.served = numbers.get(0);
    this.limits = numbers.subList(1, numbers.size());
  }

  /** Whether this process, the owner of the directory, may become another user. */
  static boolean canBeMade(Path directory) throws IOException {
    return Files.getAttribute(directory, "unix:uid").equals(0);
  }

  static UserCrowd connect(Path socket, int uid, int connections) throws IOException {
    Path directory = requireNonNull(socket.getParent());
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    String user = Integer.toString(uid);
    var command =
        List.of(
            "setpriv",
            "--reuid",
            user,
            "--regid",
            user,
            "--clear-groups",
            "/usr/bin/python3",
            "-c",
            SCRIPT,
            socket.toString(),
            Integer.toString(connections));
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    return new UserCrowd(builder.start());
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    process.onExit().join();
  }
}
