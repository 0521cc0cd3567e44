package org.kmodkeeper.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
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

  private static final String LIST_GAP = "  ";

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
      // Most kernels have the same verdicts: what there are dozens of, is listed once.
      rows().stream()
          .collect(
              Collectors.groupingBy(
                  kernel -> kernel.drivers().stream().map(Line::of).toList(),
                  LinkedHashMap::new,
                  Collectors.toList()))
          .forEach((lines, same) -> printList(screen, same, lines));
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

  /** A driver in the list. */
  private record Line(String title, Colour colour, String word) {
    static Line of(Status.DriverStatus cell) {
      return new Line(cell.title(), StatusTable.colour(cell), StatusTable.word(cell));
    }
  }

  private void printList(Terminal screen, List<Status.KernelStatus> same, List<Line> lines) {
    for (Status.KernelStatus kernel : same) {
      List<String> marks = marks(kernel);
      String mark = marks.isEmpty() ? "" : " (" + String.join(", ", marks) + ")";
      screen.row("", List.of(screen.cell(Colour.BOLD, kernel.release(), 0), mark));
    }
    int width = lines.stream().mapToInt(line -> line.title().length()).max().orElse(0);
    int words = lines.stream().mapToInt(line -> line.word().length()).max().orElse(0);
    boolean fits =
        screen.kind() == Terminal.Kind.FILE
            || LIST_GAP.length() * 2 + width + words <= screen.width();
    for (Line line : lines) {
      String title = screen.cell(Colour.NONE, line.title(), fits ? width : 0);
      String word = screen.cell(line.colour(), line.word(), 0);
      if (fits) {
        screen.row(LIST_GAP, List.of(LIST_GAP + title, word));
      } else {
        screen.row("", List.of(LIST_GAP, title));
        screen.row("", List.of(LIST_GAP, LIST_GAP, word));
      }
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
