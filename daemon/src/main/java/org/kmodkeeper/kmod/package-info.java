/** Modules as kmod and the kernel know them: their files, names, symbols and settings. */
@NullMarked
package org.kmodkeeper.kmod;

import org.jspecify.annotations.NullMarked;
