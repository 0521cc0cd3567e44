/** Kernels that repositories offer, and what will become of each driver on them. */
@NullMarked
package org.kmodkeeper.preflight;

import org.jspecify.annotations.NullMarked;
