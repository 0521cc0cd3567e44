package org.kmodkeeper.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.doctor.Diagnosis.State;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestClock;

/** A host below a temporary root with one kernel and one driver, to be examined. */
abstract class Examination {
  static final String RELEASE = "6.1.0-1.el9.x86_64";

  final HostFixture host;
  final Path root;
  final InstalledKernel kernel;

  Examination(@TempDir Path root) throws IOException {
    this.host = new HostFixture(root);
    this.root = root;
    this.kernel = host.kernel(RELEASE);
  }

  @BeforeEach
  void set_up_a_driver() throws IOException, InterruptedException {
    kernel.withHeaders().depmod();
    host.source("nic", "1");
    configure("");
  }

  void configure(String settings) throws IOException {
    HostFixture.write(root.resolve("etc/kmodkeeper/drivers.d/nic.conf"), "[driver]\n" + settings);
  }

  List<Diagnosis> examine() {
    try {
      return Doctor.examine(host.paths(), host.runner(), new TestClock());
    } catch (IOException | InterruptedException failed) {
      throw new AssertionError(failed);
    }
  }

  Stream<Diagnosis> of(String check) {
    return examine().stream().filter(one -> one.check().equals(check));
  }

  /** The one diagnosis of a check. */
  Diagnosis the(String check) {
    List<Diagnosis> all = of(check).toList();
    assertThat(all).as(check).hasSize(1);
    return all.get(0);
  }

  void assertOk(String check) {
    assertOk(check, "");
  }

  void assertOk(String check, String text) {
    assertThat(the(check).state()).as(the(check).text()).isEqualTo(State.OK);
    assertThat(the(check).text()).contains(text);
    assertThat(the(check).fix()).isNull();
  }

  void assertBad(String check, String text, String fix) {
    assertThat(of(check))
        .anySatisfy(
            one -> {
              assertThat(one.state()).isEqualTo(State.BAD);
              assertThat(one.text()).contains(text);
              assertThat(one.fix()).isEqualTo(fix);
            });
  }

  void assertNote(String check, String text) {
    assertThat(the(check).state()).isEqualTo(State.NOTE);
    assertThat(the(check).text()).contains(text);
  }
}
