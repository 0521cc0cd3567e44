/** What is read of a host, made readable: tables and paragraphs on a terminal, and a page. */
@NullMarked
package org.kmodkeeper.report;

import org.jspecify.annotations.NullMarked;
