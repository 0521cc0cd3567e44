package org.kmodkeeper.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.report.Terminal.Colour;

/**
 * The verdicts: a row for each kernel and a column for each driver, or a list if that is wide.
 *
 * @param offered kernels that are not installed
 */
record StatusTable(
    List<Status.KernelStatus> kernels, List<Status.KernelStatus> offered, List<Column> columns) {
  /** What is before each kernel: whether it is running, and whether it boots next. */
  private static final String GUTTER = "   ";

  /** One driver's column. */
  record Column(String driver, String title) {
    private static Column of(String driver, List<Status.KernelStatus> kernels) {
      List<String> titles =
          kernels.stream()
              .flatMap(kernel -> cell(kernel, driver).stream())
              .map(Status.DriverStatus::title)
              .distinct()
              .toList();
      return new Column(driver, titles.size() == 1 ? titles.get(0) : driver);
    }
  }

  static StatusTable of(Status status) {
    List<Status.KernelStatus> all =
        Stream.concat(status.kernels().stream(), status.offered().stream()).toList();
    return new StatusTable(
        status.kernels(),
        status.offered(),
        all.stream()
            .flatMap(kernel -> kernel.drivers().stream())
            .map(Status.DriverStatus::driver)
            .distinct()
            .map(driver -> Column.of(driver, all))
            .toList());
  }

  /** The installed kernels, and then those that are offered. */
  List<Status.KernelStatus> rows() {
    return Stream.concat(kernels.stream(), offered.stream()).toList();
  }

  void print(Terminal screen) {
    TextTable table = matrix();
    if (table.width() <= screen.width()) {
      table.print(screen);
    } else {
      rows().forEach(kernel -> printList(screen, kernel));
    }
  }

  private TextTable matrix() {
    Stream<String> titles = columns.stream().map(Column::title);
    var table = new TextTable(Stream.concat(Stream.of(GUTTER + "KERNEL"), titles).toList());
    for (Status.KernelStatus kernel : rows()) {
      String marks = (kernel.running() ? "*" : " ") + (kernel.nextBoot() ? "> " : "  ");
      Stream<TextTable.Text> cells =
          columns.stream()
              .map(column -> cell(kernel, column.driver()))
              .map(
                  cell ->
                      cell.map(one -> new TextTable.Text(colour(one), word(one)))
                          .orElse(new TextTable.Text(Colour.NONE, "-")));
      String note = offered.contains(kernel) ? " (offered)" : "";
      var first = new TextTable.Text(Colour.NONE, marks + kernel.release() + note);
      table.addColoured(Stream.concat(Stream.of(first), cells).toList());
    }
    return table;
  }

  private void printList(Terminal screen, Status.KernelStatus kernel) {
    List<String> marks = marks(kernel);
    String mark = marks.isEmpty() ? "" : " (" + String.join(", ", marks) + ")";
    screen.row("", List.of(screen.cell(Colour.BOLD, kernel.release(), 0), mark));
    int width = kernel.drivers().stream().mapToInt(cell -> cell.title().length()).max().orElse(0);
    for (Status.DriverStatus cell : kernel.drivers()) {
      String title = screen.cell(Colour.NONE, cell.title(), width);
      screen.row("  ", List.of("  " + title, screen.cell(colour(cell), word(cell), 0)));
    }
  }

  /** What a kernel is, besides installed. */
  List<String> marks(Status.KernelStatus kernel) {
    List<String> marks = new ArrayList<>();
    if (offered.contains(kernel)) {
      marks.add("offered");
    }
    if (kernel.running()) {
      marks.add("running");
    }
    if (kernel.nextBoot()) {
      marks.add("boots next");
    }
    return marks;
  }

  /** A driver's verdict for a kernel. */
  static Optional<Status.DriverStatus> cell(Status.KernelStatus kernel, String driver) {
    return kernel.drivers().stream().filter(cell -> cell.driver().equals(driver)).findFirst();
  }

  /** A verdict, and whether the kernel can do without. */
  static String word(Status.DriverStatus cell) {
    return cell.verdict() + (cell.required() ? "" : " (optional)");
  }

  /** Green for what is ready, red for what makes a kernel not bootable. */
  static Colour colour(Status.DriverStatus cell) {
    if (cell.verdict() == Verdict.READY) {
      return Colour.GREEN;
    }
    if (cell.verdict().bootable()) {
      return Colour.NONE;
    }
    return cell.required() && cell.verdict() != Verdict.BUILDING ? Colour.RED : Colour.YELLOW;
  }
}
