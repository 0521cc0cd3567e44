/** Packages of built modules, and repositories of them for hosts that build nothing. */
@NullMarked
package org.kmodkeeper.fleet;

import org.jspecify.annotations.NullMarked;
