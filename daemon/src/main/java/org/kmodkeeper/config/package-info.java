/** The configuration files and what they set. */
@NullMarked
package org.kmodkeeper.config;

import org.jspecify.annotations.NullMarked;
