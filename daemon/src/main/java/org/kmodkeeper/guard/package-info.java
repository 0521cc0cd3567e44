/** Keeps the boot loader's default on a kernel that has its drivers. */
@NullMarked
package org.kmodkeeper.guard;

import org.jspecify.annotations.NullMarked;
