/** What systemd offers a service: readiness, status and the journal. */
@NullMarked
package org.kmodkeeper.systemd;

import org.jspecify.annotations.NullMarked;
