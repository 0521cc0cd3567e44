/**
 * Takes a driver's source in, proves a new version before it replaces the old one, and undoes it.
 */
@NullMarked
package org.kmodkeeper.adopt;

import org.jspecify.annotations.NullMarked;
