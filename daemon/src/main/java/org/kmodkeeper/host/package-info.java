/** This host's files: where things are, which kernels are installed, who holds which lock. */
@NullMarked
package org.kmodkeeper.host;

import org.jspecify.annotations.NullMarked;
