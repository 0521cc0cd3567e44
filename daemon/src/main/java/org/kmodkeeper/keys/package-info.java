/** The key of a host that signs modules: what kernels make of it, its making and its enrolment. */
@NullMarked
package org.kmodkeeper.keys;

import org.jspecify.annotations.NullMarked;
