import type { Flow, FlowNode, Problem } from "./document";
import { edgeSource, isContainer, isTrigger, joinPointer } from "./document";
import { isDuration } from "./duration";
import { ID_PATTERN, RESERVED } from "./ids";
import { groupProblems } from "./validateGroups";
import { limitProblems, savedProblems } from "./validateLimits";

const MAX_NODES = 2000;
const MAX_EDGES = 10_000;
const MAX_CONTAINERS = 8;
const TYPE_PATTERN = /^[a-z][a-z0-9_-]*\.[a-zA-Z][a-zA-Z0-9_]*$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What a document alone can tell to be wrong, as server/flow's Validate does. */
export function validateFlow(flow: Flow): Problem[] {
  const checker = new Checker(flow);
  checker.header();
  checker.limits();
  for (const [i, n] of flow.nodes.entries()) checker.identify(n, i);
  for (const [i, n] of flow.nodes.entries()) checker.node(n, i);
  checker.notes();
  checker.groups();
  checker.edges();
  checker.cycles();
  return checker.problems;
}

class Checker {
  readonly problems: Problem[] = [];
  readonly #flow: Flow;
  readonly #nodes = new Map<string, FlowNode>();

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  #report(
    code: string,
    pointer: string,
    node: string,
    message: string,
    fix = "",
    severity: Problem["severity"] = "error",
  ): void {
    this.problems.push({
      code,
      severity,
      pointer,
      message,
      ...(node === "" ? {} : { node }),
      ...(fix === "" ? {} : { fix }),
    });
  }

  header(): void {
    const { id, name, nodes, edges, input } = this.#flow;
    if (id && !UUID.test(id))
      this.#report(
        "flow.id",
        "/id",
        "",
        `${JSON.stringify(id)} is not a UUID`,
        "remove the key and import the file: it gets a new one",
      );
    if (!id)
      this.#report(
        "flow.id_missing",
        "",
        "",
        "the flow has no id, so links to it can't survive an import",
        "import the file: it gets one",
        "warning",
      );
    if (name.trim() === "") this.#report("flow.name", "/name", "", "the flow has no name", "give it one");
    if (nodes.length > MAX_NODES)
      this.#report(
        "limit.nodes",
        "/nodes",
        "",
        `the flow has ${nodes.length} nodes, at most ${MAX_NODES} are allowed`,
      );
    if (edges.length > MAX_EDGES)
      this.#report(
        "limit.edges",
        "/edges",
        "",
        `the flow has ${edges.length} edges, at most ${MAX_EDGES} are allowed`,
      );
    const schema =
      input === undefined ||
      input === null ||
      typeof input === "boolean" ||
      (typeof input === "object" && !Array.isArray(input));
    if (!schema)
      this.#report("type.wrong", "/input", "", "the input is described by a JSON Schema: an object");
  }

  limits(): void {
    const report = (code: string, pointer: string, message: string, fix?: string) =>
      this.#report(code, pointer, "", message, fix);
    savedProblems(this.#flow.minutesSaved, report);
    limitProblems(this.#flow.limits, report);
  }

  identify(node: FlowNode, i: number): void {
    const { id } = node;
    if (!id) return;
    const at = joinPointer("/nodes", i, "id");
    if (!ID_PATTERN.test(id))
      this.#report(
        "node.id",
        at,
        id,
        `${JSON.stringify(id)} is not a node id`,
        "use lower-case letters, digits and _, a letter first, at most 63",
      );
    else if (RESERVED.has(id))
      this.#report(
        "node.id",
        at,
        id,
        `${JSON.stringify(id)} is a word of the expression language`,
        "choose another id",
      );
    if (this.#nodes.has(id))
      this.#report(
        "node.duplicate",
        at,
        id,
        `the id ${JSON.stringify(id)} is taken`,
        "give one of them another id",
      );
    else this.#nodes.set(id, node);
  }

  node(n: FlowNode, i: number): void {
    const at = (...keys: string[]) => joinPointer("/nodes", i, ...keys);
    if (n.type && !TYPE_PATTERN.test(n.type))
      this.#report(
        "node.type",
        at("type"),
        n.id,
        `${JSON.stringify(n.type)} is not a node type`,
        "a type is connector.action, such as email.parse",
      );
    this.#choice(n, at("join"), "node.join", n.join, ["all", "first"]);
    this.#choice(n, at("onError"), "node.onerror", n.onError, ["fail", "continue"]);
    this.#duration(n, at("timeout"), n.timeout);
    if (n.retry !== undefined) {
      this.#duration(n, at("retry", "backoff"), n.retry.backoff);
      const attempts = n.retry.attempts ?? 0;
      if (attempts < 1 || attempts > 100)
        this.#report(
          "node.retry",
          at("retry", "attempts"),
          n.id,
          "attempts must be from 1 to 100, the first included",
        );
      if (isContainer(n.type ?? ""))
        this.#report(
          "node.retry",
          at("retry"),
          n.id,
          "a container has no retry of its own",
          "put retry on the nodes inside",
        );
    }
    if (n.credential && this.#flow.credentials?.[n.credential] === undefined) {
      this.#report(
        "credential.unknown",
        at("credential"),
        n.id,
        `the alias ${JSON.stringify(n.credential)} is not among the flow's credentials`,
        "declare it under credentials with its type",
      );
    }
    if (n.collapsed === true && !isContainer(n.type ?? ""))
      this.#report(
        "node.collapsed",
        at("collapsed"),
        n.id,
        "only a container can be collapsed",
        "remove the key",
      );
    this.#parent(n.id, n.parent, at("parent"));
    if (n.parent && isTrigger(n.type ?? ""))
      this.#report("parent.trigger", at("parent"), n.id, "a trigger can't lie in a container", "move it out");
  }

  #choice(n: FlowNode, pointer: string, code: string, got: string | undefined, allowed: string[]): void {
    if (got && !allowed.includes(got))
      this.#report(
        code,
        pointer,
        n.id,
        `${JSON.stringify(got)} is not known here`,
        `use ${allowed.join(" or ")}`,
      );
  }

  #duration(n: FlowNode, pointer: string, text: string | undefined): void {
    if (text && !isDuration(text))
      this.#report(
        "duration",
        pointer,
        n.id,
        `${JSON.stringify(text)} is not a duration: write it as 500ms, 90s, 36h or 2d`,
      );
  }

  /** Checks that the chain of containers above a node exists, ends and isn't too deep. */
  #parent(id: string, first: string | undefined, pointer: string): void {
    const seen = new Set([id]);
    let parent = first;
    for (let depth = 1; parent; depth++) {
      const fault = this.#parentFault(parent, seen, depth);
      if (fault !== undefined) {
        this.#report(fault.code, pointer, id, fault.message, fault.fix);
        return;
      }
      seen.add(parent);
      parent = this.#nodes.get(parent)?.parent;
    }
  }

  #parentFault(id: string, seen: ReadonlySet<string>, depth: number) {
    const container = this.#nodes.get(id);
    const name = JSON.stringify(id);
    const kinds = "only core.foreach and core.repeat hold nodes";
    if (container === undefined) {
      const fix = "name a container node, or remove parent";
      return { code: "parent.unknown", message: `the container ${name} does not exist`, fix };
    }
    if (!isContainer(container.type ?? ""))
      return { code: "parent.kind", message: `${name} is no container`, fix: kinds };
    if (seen.has(id)) {
      return {
        code: "parent.cycle",
        message: `the container ${name} lies within itself`,
        fix: "remove one parent",
      };
    }
    if (depth <= MAX_CONTAINERS) return undefined;
    const message = `containers are nested deeper than ${MAX_CONTAINERS}`;
    return { code: "limit.containers", message, fix: "move the inner part into a flow of its own" };
  }

  notes(): void {
    const seen = new Set<string>();
    (this.#flow.notes ?? []).forEach((n, i) => {
      const at = joinPointer("/notes", i);
      if (n.id && (!ID_PATTERN.test(n.id) || seen.has(n.id)))
        this.#report(
          "note.id",
          joinPointer(at, "id"),
          "",
          `the note's id ${JSON.stringify(n.id)} is taken or malformed`,
        );
      seen.add(n.id);
      this.#parent("", n.parent, joinPointer(at, "parent"));
    });
  }

  groups(): void {
    groupProblems(this.#flow, this.#nodes, (code, pointer, node, message, fix) =>
      this.#report(code, pointer, node, message, fix),
    );
  }

  edges(): void {
    const seen = new Set<string>();
    this.#flow.edges.forEach((e, i) => {
      const at = joinPointer("/edges", i);
      const { node, port } = edgeSource({ from: e.from ?? "", to: e.to ?? "" });
      const source = this.#nodes.get(node);
      const target = this.#nodes.get(e.to ?? "");
      if (source === undefined)
        this.#report(
          "edge.unknown_node",
          joinPointer(at, "from"),
          "",
          `the node ${JSON.stringify(node)} does not exist`,
          "remove the edge, or name an existing node",
        );
      if (target === undefined)
        this.#report(
          "edge.unknown_node",
          joinPointer(at, "to"),
          "",
          `the node ${JSON.stringify(e.to)} does not exist`,
          "remove the edge, or name an existing node",
        );
      if (!ID_PATTERN.test(port))
        this.#report(
          "edge.port",
          joinPointer(at, "from"),
          node,
          `${JSON.stringify(port)} is not a port`,
          "use lower-case letters, digits and _",
        );
      const key = `${node}.${port}>${e.to}`;
      if (seen.has(key))
        this.#report("edge.duplicate", at, node, "this edge stands twice", "remove one of them");
      seen.add(key);
      if (source !== undefined && target !== undefined) this.#joins(at, source, target);
    });
  }

  #joins(at: string, from: FlowNode, to: FlowNode): void {
    if (from === to)
      this.#report(
        "edge.cycle",
        at,
        from.id,
        `${JSON.stringify(from.id)} is joined to itself`,
        "loops are containers: use core.foreach or core.repeat",
      );
    else if ((from.parent || "") !== (to.parent || ""))
      this.#report(
        "edge.container",
        at,
        to.id,
        "the edge crosses the wall of a container",
        "join nodes of the same container; outside sees the container's output",
      );
    else if (isTrigger(to.type ?? ""))
      this.#report("edge.trigger", at, to.id, "a trigger has no input", "remove the edge");
    else if (from.type === "core.stop")
      this.#report("edge.port", at, from.id, "core.stop ends the run: nothing follows it", "remove the edge");
  }

  /** Reports each cycle once, at an edge that closes it. */
  cycles(): void {
    const next = new Map<string, number[]>();
    this.#flow.edges.forEach((e, i) => {
      const { node } = edgeSource({ from: e.from ?? "", to: e.to ?? "" });
      if (node !== e.to) next.set(node, [...(next.get(node) ?? []), i]);
    });
    const state = new Map<string, "open" | "done">();
    for (const n of this.#flow.nodes) if (!state.has(n.id)) this.#visit(n.id, next, state);
  }

  /** Depth first with a stack of its own: a chain of 2,000 nodes must not exhaust the engine's. */
  #visit(start: string, next: ReadonlyMap<string, number[]>, state: Map<string, "open" | "done">): void {
    const stack: { id: string; at: number }[] = [{ id: start, at: 0 }];
    state.set(start, "open");
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top === undefined) return;
      const edge = next.get(top.id)?.[top.at++];
      if (edge === undefined) {
        state.set(top.id, "done");
        stack.pop();
        continue;
      }
      const to = this.#flow.edges[edge]?.to ?? "";
      if (state.get(to) === "open")
        this.#report(
          "edge.cycle",
          joinPointer("/edges", edge),
          to,
          "the edges go in a circle",
          "remove one, or put the nodes into core.foreach or core.repeat",
        );
      else if (!state.has(to)) {
        state.set(to, "open");
        stack.push({ id: to, at: 0 });
      }
    }
  }
}
