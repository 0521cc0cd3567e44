/** Checks whether a host has what is needed to keep drivers ready, and how to fix what it lacks. */
@NullMarked
package org.kmodkeeper.doctor;

import org.jspecify.annotations.NullMarked;
