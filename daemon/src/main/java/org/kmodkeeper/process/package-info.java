/** Runs programs: an argument vector, no shell, a process group of its own, a time limit. */
@NullMarked
package org.kmodkeeper.process;

import org.jspecify.annotations.NullMarked;
