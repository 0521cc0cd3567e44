/** From a driver's source and headers to its modules: dkms, dkms.conf, kbuild, the build's log. */
@NullMarked
package org.kmodkeeper.build;

import org.jspecify.annotations.NullMarked;
