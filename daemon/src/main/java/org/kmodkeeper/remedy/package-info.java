/** What makes a driver ready, takes it away, or puts a kernel's own modules back. */
@NullMarked
package org.kmodkeeper.remedy;

import org.jspecify.annotations.NullMarked;
