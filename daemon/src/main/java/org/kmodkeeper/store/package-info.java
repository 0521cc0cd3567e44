/** Artifacts: modules that were built for one kernel, with what they were built from and for. */
@NullMarked
package org.kmodkeeper.store;

import org.jspecify.annotations.NullMarked;
