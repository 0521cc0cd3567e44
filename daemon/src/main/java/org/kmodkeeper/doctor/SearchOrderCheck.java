package org.kmodkeeper.doctor;

import java.io.IOException;
import java.util.List;
import org.kmodkeeper.kmod.ModprobeConfig;

/** Whether depmod prefers an added module to the kernel's own of the same name. */
record SearchOrderCheck(DoctorContext context) implements Check {
  @Override
  public String name() {
    return "search-order";
  }

  @Override
  public List<Diagnosis> examine() throws IOException {
    List<String> order = new ModprobeConfig(context.paths()).searchOrder();
    String text = "depmod searches " + String.join(", ", order);
    int extra = order.indexOf("extra");
    int own = order.indexOf(ModprobeConfig.BUILT_IN);
    if (extra >= 0 && (own < 0 || extra < own)) {
      return List.of(ok(text));
    }
    String file = context.paths().depmodConfiguration().resolve("dist.conf").toString();
    return List.of(
        bad(
            text + ": the kernel's own module takes precedence over one in extra",
            "echo 'search updates extra built-in weak-updates' > "
                + file
                + " && ls "
                + Shell.word(context.paths().modules())
                + " | xargs -n 1 depmod"));
  }
}
