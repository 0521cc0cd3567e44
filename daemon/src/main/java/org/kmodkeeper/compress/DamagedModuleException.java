package org.kmodkeeper.compress;

/** A file is no whole kernel module; the message says what is wrong with it. */
public final class DamagedModuleException extends Exception {
  public DamagedModuleException(String what) {
    super(what);
  }
}
