/**
 * Which kernel boots next, and that it has its drivers: the boot loaders' menus and defaults, the
 * guard that moves a default, and the stamps by which a boot sees that there is nothing to do.
 */
@NullMarked
package org.kmodkeeper.boot;

import org.jspecify.annotations.NullMarked;
