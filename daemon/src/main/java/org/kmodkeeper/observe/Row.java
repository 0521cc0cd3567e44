package org.kmodkeeper.observe;

import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation.Access;

/**
 * A kernel to look at. Whether its tree can be written to is not a property of a file, and has to
 * be asked each time; so is what of a command line matters, of which little does.
 */
record Row(Kernel kernel, Access access, CommandLines.Blacklists blacklists) {}
