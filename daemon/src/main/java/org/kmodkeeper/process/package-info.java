/**
 * Runs programs (an argument vector, no shell, a group of their own, a time limit); tasks side by
 * side; waits for what nothing announces.
 */
@NullMarked
package org.kmodkeeper.process;

import org.jspecify.annotations.NullMarked;
