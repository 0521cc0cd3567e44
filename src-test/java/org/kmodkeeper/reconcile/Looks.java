package org.kmodkeeper.reconcile;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Counts passes, and looks at the disk, by what is said of them to the debug log. */
final class Looks extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final Logger logger = (Logger) LoggerFactory.getLogger(HostReader.class.getPackageName());
  private final List<String> lines = new CopyOnWriteArrayList<>();

  Looks() {
    logger.setLevel(Level.DEBUG);
    logger.addAppender(this);
    start();
  }

  @Override
  protected void append(ILoggingEvent event) {
    lines.add(event.getFormattedMessage());
  }

  /** At all drivers on all kernels. */
  long atTheHost() {
    return lines.stream().filter(line -> line.contains("whole host")).count();
  }

  /** At one driver on one kernel. */
  long atCells() {
    return lines.stream().filter(line -> line.contains(": driver ")).count();
  }

  long passes() {
    return lines.stream().filter(line -> line.equals("a pass begins")).count();
  }

  void forget() {
    lines.clear();
  }

  @Override
  public void close() {
    logger.detachAppender(this);
  }
}
