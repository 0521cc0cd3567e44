/** The project's words as records and enums; no input or output. */
@NullMarked
package org.kmodkeeper.model;

import org.jspecify.annotations.NullMarked;
