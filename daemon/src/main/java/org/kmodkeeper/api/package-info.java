/** The socket's interface: what travels over it and who may ask for it. */
@NullMarked
package org.kmodkeeper.api;

import org.jspecify.annotations.NullMarked;
