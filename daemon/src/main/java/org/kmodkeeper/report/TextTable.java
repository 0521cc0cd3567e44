package org.kmodkeeper.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.kmodkeeper.report.Terminal.Colour;

/** Rows of texts below a head, each column as wide as its widest text. */
public final class TextTable {
  private static final String GAP = "  ";

  /** A text and its colour. */
  record Text(Colour colour, String text) {}

  private final List<List<Text>> rows = new ArrayList<>();

  public TextTable(List<String> head) {
    rows.add(head.stream().map(text -> new Text(Colour.BOLD, text)).toList());
  }

  /** Adds a row with as many texts as the head has. */
  public void add(List<String> row) {
    addColoured(row.stream().map(text -> new Text(Colour.NONE, text)).toList());
  }

  void addColoured(List<Text> row) {
    rows.add(List.copyOf(row));
  }

  public void print(Terminal screen) {
    for (List<Text> row : rows) {
      List<String> cells = new ArrayList<>();
      for (int column = 0; column < row.size(); column++) {
        cells.add(screen.cell(row.get(column).colour(), row.get(column).text(), width(column)));
      }
      screen.row(GAP, cells);
    }
  }

  /** How many columns of a terminal it takes. */
  int width() {
    int columns = rows.get(0).size();
    return IntStream.range(0, columns).map(this::width).sum() + (columns - 1) * GAP.length();
  }

  private int width(int column) {
    return rows.stream().mapToInt(row -> row.get(column).text().length()).max().orElse(0);
  }
}
