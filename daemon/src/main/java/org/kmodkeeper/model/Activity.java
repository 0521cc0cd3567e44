package org.kmodkeeper.model;

import java.time.Instant;

/** One remedy at work. */
public record Activity(Kernel kernel, String driver, Remedy remedy, Instant since) {}
