/** Drivers of an image's kernels, made ready while the image is built. */
@NullMarked
package org.kmodkeeper.image;

import org.jspecify.annotations.NullMarked;
