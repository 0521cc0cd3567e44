/** The initramfs images of kernels: which modules they hold, and how one is made. */
@NullMarked
package org.kmodkeeper.initramfs;

import org.jspecify.annotations.NullMarked;
