package org.kmodkeeper.varlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MessageFramerTest {
  private final MessageFramer framer = new MessageFramer(4);

  @Test
  void ends_a_message_at_its_NUL() throws MessageFramer.TooLong {
    ByteBuffer bytes = bytes("ab\0cd");

    assertThat(framer.take(bytes)).hasValue("ab".getBytes(StandardCharsets.UTF_8));
    assertThat(bytes.remaining()).isEqualTo(2);
  }

  @Test
  void accepts_a_message_in_pieces() throws MessageFramer.TooLong {
    assertThat(framer.take(bytes("a"))).isEmpty();
    assertThat(framer.take(bytes("bc"))).isEmpty();

    assertThat(framer.take(bytes("\0"))).hasValue("abc".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void keeps_messages_apart() throws MessageFramer.TooLong {
    ByteBuffer bytes = bytes("ab\0cd\0");

    framer.take(bytes);

    assertThat(framer.take(bytes)).hasValue("cd".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void passes_a_message_as_long_as_the_limit() throws MessageFramer.TooLong {
    assertThat(framer.take(bytes("abcd\0"))).isPresent();
  }

  @Test
  void refuses_a_message_beyond_the_limit_before_its_end() {
    assertThatThrownBy(() -> framer.take(bytes("abcde"))).isInstanceOf(MessageFramer.TooLong.class);
  }

  @Test
  void accepts_an_empty_message() throws MessageFramer.TooLong {
    assertThat(framer.take(bytes("\0"))).hasValue(new byte[0]);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
