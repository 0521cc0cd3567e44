package org.kmodkeeper.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.report.Terminal.Colour;

/** The verdicts: a row for each kernel and a column for each driver, or a list if that is wide. */
record StatusTable(List<Status.KernelStatus> kernels, List<Column> columns) {
  private static final String KERNEL = "KERNEL";
  private static final String GAP = "  ";

  /** The width of the marks before each kernel. */
  private static final int GUTTER = 3;

  /** One driver's column. */
  record Column(String driver, String title, int width) {
    private static Column of(String driver, List<Status.KernelStatus> kernels) {
      List<Status.DriverStatus> cells =
          kernels.stream().flatMap(kernel -> cell(kernel, driver).stream()).toList();
      List<String> titles = cells.stream().map(Status.DriverStatus::title).distinct().toList();
      String title = titles.size() == 1 ? titles.get(0) : driver;
      int width = cells.stream().mapToInt(cell -> word(cell).length()).max().orElse(0);
      return new Column(driver, title, Math.max(title.length(), width));
    }
  }

  static StatusTable of(List<Status.KernelStatus> kernels) {
    return new StatusTable(
        kernels,
        kernels.stream()
            .flatMap(kernel -> kernel.drivers().stream())
            .map(Status.DriverStatus::driver)
            .distinct()
            .map(driver -> Column.of(driver, kernels))
            .toList());
  }

  void print(Terminal screen) {
    int releases = kernels.stream().mapToInt(kernel -> kernel.release().length()).max().orElse(0);
    int first = Math.max(KERNEL.length(), releases);
    int others = columns.stream().mapToInt(column -> GAP.length() + column.width()).sum();
    if (GUTTER + first + others <= screen.width()) {
      printMatrix(screen, first);
    } else {
      kernels.forEach(kernel -> printList(screen, kernel));
    }
  }

  private void printMatrix(Terminal screen, int first) {
    List<String> head = new ArrayList<>();
    head.add(" ".repeat(GUTTER) + screen.cell(Colour.BOLD, KERNEL, first));
    for (Column column : columns) {
      head.add(screen.cell(Colour.BOLD, column.title(), column.width()));
    }
    screen.row(GAP, head);
    for (Status.KernelStatus kernel : kernels) {
      List<String> row = new ArrayList<>();
      String marks = (kernel.running() ? "*" : " ") + (kernel.nextBoot() ? "> " : "  ");
      row.add(marks + screen.cell(Colour.NONE, kernel.release(), first));
      for (Column column : columns) {
        row.add(
            cell(kernel, column.driver())
                .map(cell -> screen.cell(colour(cell), word(cell), column.width()))
                .orElseGet(() -> screen.cell(Colour.NONE, "-", column.width())));
      }
      screen.row(GAP, row);
    }
  }

  private static void printList(Terminal screen, Status.KernelStatus kernel) {
    List<String> marks = marks(kernel);
    String mark = marks.isEmpty() ? "" : " (" + String.join(", ", marks) + ")";
    screen.row("", List.of(screen.cell(Colour.BOLD, kernel.release(), 0), mark));
    int width = kernel.drivers().stream().mapToInt(cell -> cell.title().length()).max().orElse(0);
    for (Status.DriverStatus cell : kernel.drivers()) {
      String title = screen.cell(Colour.NONE, cell.title(), width);
      screen.row(GAP, List.of("  " + title, screen.cell(colour(cell), word(cell), 0)));
    }
  }

  /** What a kernel is, besides installed. */
  static List<String> marks(Status.KernelStatus kernel) {
    List<String> marks = new ArrayList<>();
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
