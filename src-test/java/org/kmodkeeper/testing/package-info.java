/** The vocabulary of the tests: a host below a temporary root, with real files and real tools. */
@NullMarked
package org.kmodkeeper.testing;

import org.jspecify.annotations.NullMarked;
