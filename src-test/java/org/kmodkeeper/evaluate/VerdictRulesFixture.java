package org.kmodkeeper.evaluate;

import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.testing.Facts;

/** Verdicts on made-up facts. */
@DisplayNameGeneration(ReplaceUnderscores.class)
abstract class VerdictRulesFixture {
  static Finding judge(Facts facts, Attempt... attempts) {
    return VerdictRules.judge(facts.observation(), List.of(attempts), Facts.ADVICE);
  }
}
