package org.kmodkeeper.json;

import com.google.gson.JsonParseException;

/** A word that stands for no constant here: another version has written it. */
public final class UnknownWordException extends JsonParseException {
  UnknownWordException(String message) {
    super(message);
  }
}
