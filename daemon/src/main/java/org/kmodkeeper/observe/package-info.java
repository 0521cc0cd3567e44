/** What the disk says of each driver on each kernel; changes nothing. */
@NullMarked
package org.kmodkeeper.observe;

import org.jspecify.annotations.NullMarked;
