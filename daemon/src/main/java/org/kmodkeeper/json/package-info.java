/** How values are spelled in JSON, on the socket as on disk. */
@NullMarked
package org.kmodkeeper.json;

import org.jspecify.annotations.NullMarked;
