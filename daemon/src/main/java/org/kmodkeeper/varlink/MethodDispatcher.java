package org.kmodkeeper.varlink;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Finds the handler of a call; itself serves {@code org.varlink.service}. */
final class MethodDispatcher {
  private static final String SERVICE = "org.varlink.service";
  private static final String DESCRIPTION =
      """
      # What every Varlink service offers
      interface org.varlink.service

      # Who this service is, and which interfaces it offers
      method GetInfo() -> (
        vendor: string,
        product: string,
        version: string,
        url: string,
        interfaces: []string
      )

      # An interface in Varlink's own definition language
      method GetInterfaceDescription(interface: string) -> (description: string)

      error InterfaceNotFound (interface: string)
      error MethodNotFound (method: string)
      error MethodNotImplemented (method: string)
      error InvalidParameter (parameter: string)
      error PermissionDenied ()
      error ExpectedMore ()
      """;

  private final ServiceInfo service;
  private final Map<String, Interface> interfaces = new TreeMap<>();

  MethodDispatcher(ServiceInfo service, List<Interface> offered) {
    this.service = service;
    offered.forEach(one -> interfaces.put(one.name(), one));
    interfaces.put(
        SERVICE,
        new Interface(
            SERVICE,
            DESCRIPTION,
            Map.of(
                "GetInfo",
                (call, replies) -> info(),
                "GetInterfaceDescription",
                (call, replies) -> describe(call))));
  }

  /**
   * What a message calls, without the parameters that its method does not have; empty if it is no
   * call.
   *
   * <p>One at a time: as objects a message takes forty times its bytes, and what is kept of it is
   * little.
   */
  synchronized Optional<Call> read(byte[] message, Peer peer) {
    return MessageText.parse(message)
        .flatMap(text -> Call.read(text, peer))
        .map(this::withoutUnknown);
  }

  private Call withoutUnknown(Call call) {
    @Nullable Interface wanted = interfaces.get(call.interfaceName());
    var kept = new JsonObject();
    if (wanted != null) {
      for (String name : wanted.parameters(call.methodName())) {
        @Nullable JsonElement value = call.parameters().get(name);
        if (value != null) {
          kept.add(name, value);
        }
      }
    }
    return new Call(call.method(), kept, call.style(), call.peer());
  }

  Object dispatch(Call call, Handler.Replies replies)
      throws VarlinkException, IOException, InterruptedException {
    if (call.method().indexOf('.') < 0) {
      throw VarlinkException.methodNotFound(call.method());
    }
    @Nullable Handler handler = find(call.interfaceName()).methods().get(call.methodName());
    if (handler == null) {
      throw VarlinkException.methodNotFound(call.method());
    }
    return handler.handle(call, replies);
  }

  private JsonObject info() {
    var info = new JsonObject();
    info.addProperty("vendor", service.vendor());
    info.addProperty("product", service.name());
    info.addProperty("version", service.version());
    info.addProperty("url", service.url());
    var names = new JsonArray();
    interfaces.keySet().forEach(names::add);
    info.add("interfaces", names);
    return info;
  }

  private JsonObject describe(Call call) throws VarlinkException {
    @Nullable JsonElement name = call.parameters().get("interface");
    if (!(name instanceof JsonPrimitive text && text.isString())) {
      throw VarlinkException.invalidParameter("interface");
    }
    var answer = new JsonObject();
    answer.addProperty("description", find(text.getAsString()).description());
    return answer;
  }

  private Interface find(String name) throws VarlinkException {
    @Nullable Interface found = interfaces.get(name);
    if (found == null) {
      throw VarlinkException.interfaceNotFound(name);
    }
    return found;
  }
}
