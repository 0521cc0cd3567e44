/**
 * Which signatures a kernel asks of its modules, who signed one, and the certificates it trusts.
 */
@NullMarked
package org.kmodkeeper.signing;

import org.jspecify.annotations.NullMarked;
