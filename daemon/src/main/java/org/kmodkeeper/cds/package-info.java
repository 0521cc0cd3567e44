/** What make-cds runs to learn which classes both programs load at their start. */
@NullMarked
package org.kmodkeeper.cds;

import org.jspecify.annotations.NullMarked;
