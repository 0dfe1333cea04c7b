// Run in the engine before a connector's script: takes away what makes code from
// text, so that a script is all that will ever run. It is no wall (the sandbox
// is), but a connector can be read.
(() => {
  const refuse = () => {
    throw new EvalError("code can't be made from text in a connector");
  };
  const kinds = [() => {}, async () => {}, function* () {}, async function* () {}];
  for (const kind of kinds) {
    const proto = Object.getPrototypeOf(kind);
    const name = Object.getOwnPropertyDescriptor(proto.constructor, "name").value;
    const stub = {
      [name]: () => refuse(),
    }[name];
    Object.defineProperty(stub, "prototype", { value: proto, writable: false });
    Object.defineProperty(proto, "constructor", {
      value: stub,
      writable: false,
      enumerable: false,
      configurable: false,
    });
  }
  Object.defineProperty(globalThis, "Function", {
    value: Object.getPrototypeOf(kinds[0]).constructor,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  Reflect.deleteProperty(globalThis, "eval");
})();
