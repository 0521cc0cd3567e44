/** Whether a host has all that keeping drivers ready takes, and how to mend what it lacks. */
@NullMarked
package org.kmodkeeper.doctor;

import org.jspecify.annotations.NullMarked;
