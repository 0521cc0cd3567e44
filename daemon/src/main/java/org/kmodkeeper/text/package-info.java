/** Text from outside, made fit to be shown. */
@NullMarked
package org.kmodkeeper.text;

import org.jspecify.annotations.NullMarked;
