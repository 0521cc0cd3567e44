/** The loop, its passes, the state that it publishes, and who only reads it. */
@NullMarked
package org.kmodkeeper.reconcile;

import org.jspecify.annotations.NullMarked;
