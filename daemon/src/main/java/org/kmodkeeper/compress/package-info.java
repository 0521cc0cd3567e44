/** Files that may be compressed, read within bounds. */
@NullMarked
package org.kmodkeeper.compress;

import org.jspecify.annotations.NullMarked;
