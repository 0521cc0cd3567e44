package org.kmodkeeper.report;

import com.google.gson.JsonParseException;
import com.google.gson.annotations.SerializedName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.text.TextSanitizer;

/**
 * What {@code kmodkeeper status --json} has printed on another host, as far as the page of many
 * hosts needs it. A field that is missing makes the file unusable: nothing is taken for granted.
 *
 * @param failure what the command printed in place of a status
 */
record FleetFile(
    @Nullable String host,
    @Nullable Instant time,
    @Nullable Boolean bootable,
    @Nullable List<Kernel> kernels,
    @SerializedName("error") @Nullable Failure failure) {
  /** 2000 verdicts are as long, and the command has 64 MiB of memory. */
  static final int MAX_BYTES = 1024 * 1024;

  private static final int MAX_NAME = 100;
  private static final int MAX_DETAIL = 300;

  /** Why the command failed there. */
  record Failure(@Nullable String message) {}

  /** One installed kernel. */
  record Kernel(
      String release,
      @Nullable Boolean running,
      @Nullable Boolean nextBoot,
      @Nullable Boolean bootable,
      List<Driver> drivers) {
    Kernel {
      release = TextSanitizer.line(given(release, "release"), MAX_NAME);
      given(running, "running");
      given(nextBoot, "nextBoot");
      given(bootable, "bootable");
      drivers = List.copyOf(given(drivers, "drivers"));
    }

    boolean runs() {
      return Boolean.TRUE.equals(running);
    }

    boolean bootsNext() {
      return Boolean.TRUE.equals(nextBoot);
    }

    /** What it says of itself counts only if its drivers agree. */
    boolean isBootable() {
      return Boolean.TRUE.equals(bootable) && drivers.stream().noneMatch(Driver::prevents);
    }
  }

  /** One driver for one kernel. */
  record Driver(
      String driver,
      @Nullable String version,
      Verdict verdict,
      @Nullable Boolean required,
      String detail) {
    Driver {
      driver = TextSanitizer.line(given(driver, "driver"), MAX_NAME);
      version = version == null ? null : TextSanitizer.line(version, MAX_NAME);
      given(verdict, "verdict");
      given(required, "required");
      // Of thousands of hosts, only what went wrong is told.
      detail =
          verdict == Verdict.READY ? "" : TextSanitizer.line(given(detail, "detail"), MAX_DETAIL);
    }

    String title() {
      return DriverLine.title(driver, version);
    }

    /** Whether it makes its kernel not bootable. */
    boolean prevents() {
      return !Boolean.FALSE.equals(required) && !verdict.bootable();
    }
  }

  private static <T> T given(@Nullable T value, String field) {
    return Objects.requireNonNull(value, () -> "the field " + field + " is missing");
  }

  /** Reads the file; fails with the reason why it cannot be used, for people. */
  static FleetFile read(Path file) throws UnusableException {
    // Whoever opens a FIFO waits for its other end.
    if (!Files.isRegularFile(file)) {
      throw new UnusableException("not a regular file");
    }
    byte[] text;
    try (InputStream stream = Files.newInputStream(file)) {
      text = stream.readNBytes(MAX_BYTES + 1);
    } catch (AccessDeniedException denied) {
      throw new UnusableException("cannot be read: permission denied");
    } catch (IOException failed) {
      throw new UnusableException("cannot be read: " + failed.getMessage());
    }
    if (text.length > MAX_BYTES) {
      throw new UnusableException("longer than " + MAX_BYTES + " bytes");
    }
    return parse(text);
  }

  private static FleetFile parse(byte[] text) throws UnusableException {
    @Nullable FleetFile read;
    try (Reader reader =
        new InputStreamReader(new ByteArrayInputStream(text), StandardCharsets.UTF_8)) {
      read = Json.GSON.fromJson(reader, FleetFile.class);
    } catch (JsonParseException | IOException bad) {
      throw new UnusableException("not one JSON object as status --json prints it");
    } catch (RuntimeException incomplete) {
      // A record's constructor has refused its values.
      @Nullable Throwable cause = incomplete.getCause();
      throw new UnusableException(
          "not what status --json prints: "
              + (cause == null ? incomplete.getMessage() : cause.getMessage()));
    }
    if (read == null) {
      throw new UnusableException("empty");
    }
    if (read.failure != null) {
      throw new UnusableException("the command failed there: " + read.failure.message);
    }
    if (read.time == null || read.bootable == null || read.kernels == null) {
      throw new UnusableException(
          "not what status --json prints: the field "
              + (read.time == null ? "time" : read.bootable == null ? "bootable" : "kernels")
              + " is missing");
    }
    return read;
  }

  /** The file tells nothing of a host; the message says why. */
  static final class UnusableException extends Exception {
    UnusableException(String message) {
      super(TextSanitizer.line(message, MAX_DETAIL));
    }
  }
}
