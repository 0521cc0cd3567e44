/** What an observation means and what to do next; reads no disk. */
@NullMarked
package org.kmodkeeper.evaluate;

import org.jspecify.annotations.NullMarked;
