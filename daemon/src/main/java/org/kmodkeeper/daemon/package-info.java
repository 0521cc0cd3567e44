/** The long-running program: wiring only. */
@NullMarked
package org.kmodkeeper.daemon;

import org.jspecify.annotations.NullMarked;
