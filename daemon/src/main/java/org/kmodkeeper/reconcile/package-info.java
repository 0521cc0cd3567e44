/** Observe, judge, plan, act: the loop that makes drivers ready. */
@NullMarked
package org.kmodkeeper.reconcile;

import org.jspecify.annotations.NullMarked;
