/** Runs programs: an argument vector, no shell, a separate process group, a time limit. */
@NullMarked
package org.kmodkeeper.process;

import org.jspecify.annotations.NullMarked;
