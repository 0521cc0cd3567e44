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
  void reports_no_manager_without_variables() {
    assertThat(of(Map.of())).isEqualTo(ServiceEnvironment.NONE);
  }

  @Test
  void takes_descriptor_3_for_the_first_socket_passed_to_us() {
    assertThat(of(Map.of("LISTEN_PID", "17", "LISTEN_FDS", "1")).listener()).hasValue(3);
  }

  @Test
  void ignores_what_is_passed_to_us_beside_the_socket() {
    var passed = Map.of("LISTEN_PID", "17", "LISTEN_FDS", "2");

    assertThat(ServiceEnvironment.of(passed, PID, descriptor -> descriptor == 4).listener())
        .hasValue(4);
    assertThat(ServiceEnvironment.of(passed, PID, descriptor -> descriptor == 5).listener())
        .isEmpty();
  }

  @Test
  void ignores_sockets_passed_to_another_process() {
    assertThat(of(Map.of("LISTEN_PID", "18", "LISTEN_FDS", "1")).listener()).isEmpty();
    assertThat(of(Map.of("LISTEN_FDS", "1")).listener()).isEmpty();
    assertThat(of(Map.of("LISTEN_PID", "17", "LISTEN_FDS", "0")).listener()).isEmpty();
  }

  @Test
  void applies_the_watchdog_unless_it_names_another_process() {
    assertThat(of(Map.of("WATCHDOG_USEC", "3000000")).watchdog()).isEqualTo(Duration.ofSeconds(3));
    assertThat(of(Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", "17")).watchdog())
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(of(Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", "18")).watchdog()).isNull();
  }

  @Test
  void treats_nonsense_as_nothing() {
    assertThat(of(Map.of("LISTEN_PID", "17", "LISTEN_FDS", "one", "WATCHDOG_USEC", "-1")))
        .isEqualTo(ServiceEnvironment.NONE);
  }
}
