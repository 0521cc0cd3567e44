/** This host: where its files are, its kernels, devices, locks and package managers. */
@NullMarked
package org.kmodkeeper.host;

import org.jspecify.annotations.NullMarked;
