package org.kmodkeeper.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ServiceEnvironmentTest {
  private static final long PID = 17;

  private static ServiceEnvironment of(Map<String, String> variables) {
    return ServiceEnvironment.of(variables, PID, descriptor -> true);
  }

  @Test
  void without_variables_nobody_manages_us() {
    assertThat(of(Map.of())).isEqualTo(ServiceEnvironment.NONE);
  }

  @Test
  void the_first_socket_passed_to_us_is_descriptor_3() {
    assertThat(of(Map.of("LISTEN_PID", "17", "LISTEN_FDS", "1")).listener()).hasValue(3);
  }

  @Test
  void what_is_passed_to_us_beside_the_socket_is_no_listener() {
    var passed = Map.of("LISTEN_PID", "17", "LISTEN_FDS", "2");

    assertThat(ServiceEnvironment.of(passed, PID, descriptor -> descriptor == 4).listener())
        .hasValue(4);
    assertThat(ServiceEnvironment.of(passed, PID, descriptor -> descriptor == 5).listener())
        .isEmpty();
  }

  @Test
  void sockets_passed_to_another_process_are_not_ours() {
    assertThat(of(Map.of("LISTEN_PID", "18", "LISTEN_FDS", "1")).listener()).isEmpty();
    assertThat(of(Map.of("LISTEN_FDS", "1")).listener()).isEmpty();
    assertThat(of(Map.of("LISTEN_PID", "17", "LISTEN_FDS", "0")).listener()).isEmpty();
  }

  @Test
  void the_watchdog_is_for_us_unless_it_names_another_process() {
    assertThat(of(Map.of("WATCHDOG_USEC", "3000000")).watchdog()).contains(Duration.ofSeconds(3));
    assertThat(of(Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", "17")).watchdog())
        .contains(Duration.ofSeconds(3));
    assertThat(of(Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", "18")).watchdog()).isEmpty();
  }

  @Test
  void nonsense_is_as_good_as_nothing() {
    assertThat(of(Map.of("LISTEN_PID", "17", "LISTEN_FDS", "one", "WATCHDOG_USEC", "-1")))
        .isEqualTo(ServiceEnvironment.NONE);
  }
}
