/** The command that people type: one class for each subcommand. */
@NullMarked
package org.kmodkeeper.cli;

import org.jspecify.annotations.NullMarked;
