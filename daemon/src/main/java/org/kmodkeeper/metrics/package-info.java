/** What is published, as a textfile for Prometheus's node_exporter. */
@NullMarked
package org.kmodkeeper.metrics;

import org.jspecify.annotations.NullMarked;
