package org.kmodkeeper.report;

import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.report.Terminal.Colour;

/** Rows of texts below a head, each column as wide as its widest text. */
public final class TextTable {
  private static final String GAP = "  ";

  private final List<String> head;
  private final List<List<String>> rows = new ArrayList<>();

  public TextTable(List<String> head) {
    this.head = List.copyOf(head);
  }

  /** Adds a row with as many texts as the head has. */
  public void add(List<String> row) {
    rows.add(List.copyOf(row));
  }

  public void print(Terminal screen) {
    screen.row(GAP, cells(screen, Colour.BOLD, head));
    rows.forEach(row -> screen.row(GAP, cells(screen, Colour.NONE, row)));
  }

  private List<String> cells(Terminal screen, Colour colour, List<String> row) {
    List<String> cells = new ArrayList<>();
    for (int column = 0; column < row.size(); column++) {
      cells.add(screen.cell(colour, row.get(column), width(column)));
    }
    return cells;
  }

  /** The last one is as wide as its text. */
  private int width(int column) {
    return column == head.size() - 1
        ? 0
        : Math.max(
            head.get(column).length(),
            rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0));
  }
}
