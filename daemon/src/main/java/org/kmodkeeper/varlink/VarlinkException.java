package org.kmodkeeper.varlink;

import com.google.gson.JsonObject;

/** An error reply: a name that states a fact, and parameters that say of what. */
public final class VarlinkException extends Exception {
  private final String error;
  private final transient JsonObject parameters;

  public VarlinkException(String error, JsonObject parameters) {
    super(error + " " + parameters);
    this.error = error;
    this.parameters = parameters;
  }

  private static VarlinkException of(String error, String parameter, String value) {
    var parameters = new JsonObject();
    parameters.addProperty(parameter, value);
    return new VarlinkException("org.varlink.service." + error, parameters);
  }

  public static VarlinkException methodNotFound(String method) {
    return of("MethodNotFound", "method", method);
  }

  public static VarlinkException interfaceNotFound(String name) {
    return of("InterfaceNotFound", "interface", name);
  }

  public static VarlinkException invalidParameter(String parameter) {
    return of("InvalidParameter", "parameter", parameter);
  }

  /** The method streams, and was called without {@code more}. */
  public static VarlinkException expectedMore() {
    return new VarlinkException("org.varlink.service.ExpectedMore", new JsonObject());
  }

  /** As systemd names it; the caller may not do this. */
  public static VarlinkException permissionDenied() {
    return new VarlinkException("org.varlink.service.PermissionDenied", new JsonObject());
  }

  /** The error's name, e.g. {@code org.varlink.service.MethodNotFound}. */
  public String error() {
    return error;
  }

  public JsonObject parameters() {
    return parameters;
  }
}
