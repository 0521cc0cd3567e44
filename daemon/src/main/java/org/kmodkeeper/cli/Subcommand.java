package org.kmodkeeper.cli;

/** One subcommand; its options and parameters are its fields. */
interface Subcommand {
  /** Does what was asked for; returns the exit status. */
  int run(CommandContext host) throws CommandFailedException;
}
