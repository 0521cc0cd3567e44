/** Varlink over unix sockets: framing, server, client and errors; knows nothing of drivers. */
@NullMarked
package org.kmodkeeper.varlink;

import org.jspecify.annotations.NullMarked;
