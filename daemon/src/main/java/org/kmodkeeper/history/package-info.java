/** What was tried and how verdicts changed: in a file, and in the log. */
@NullMarked
package org.kmodkeeper.history;

import org.jspecify.annotations.NullMarked;
