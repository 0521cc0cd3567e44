package org.kmodkeeper.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.Kernel;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SymbolTableTest {
  private final SymbolTable table = new SymbolTable();
  private final SymbolTable.Column first = table.column();
  private final SymbolTable.Column second = table.column();

  @Test
  void keeps_the_crcs_of_each_kernel_apart() {
    first.add("netif_rx", 1);
    second.add("netif_rx", 0xffffffff);

    assertThat(first.get("netif_rx")).isEqualTo(1L);
    assertThat(second.get("netif_rx")).isEqualTo(0xffffffffL);
  }

  @Test
  void has_no_symbol_of_another_kernel() {
    first.add("only_here", 1);
    second.add("only_there", 0);

    assertThat(first).isEqualTo(Map.of("only_here", 1L));
    assertThat(second).isEqualTo(Map.of("only_there", 0L));
    assertThat(second.get("only_here")).isNull();
    assertThat(table.column()).isEmpty();
  }

  @Test
  void adds_the_symbols_of_a_package_to_those_of_its_kernel() {
    first.add("netif_rx", 1);
    second.add("dm_put_device", 2);
    second.add("netif_rx", 3);

    first.addAll(second);

    assertThat(first).isEqualTo(Map.of("netif_rx", 3L, "dm_put_device", 2L));
  }

  /** A copy of each kernel's symbols would need a hundred bytes for each of them. */
  @Test
  void is_not_copied_for_an_offered_kernel() {
    var offered = new OfferedKernel(new Kernel("6.1.0-2.el9.x86_64"), first, null);

    first.add("netif_rx", 1);

    assertThat(offered.symbols()).containsEntry("netif_rx", 1L);
  }
}
