/** One class for each program that is run; its arguments and the reading of its output. */
@NullMarked
package org.kmodkeeper.tools;

import org.jspecify.annotations.NullMarked;
