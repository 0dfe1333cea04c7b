import { HighlightStyle, StreamLanguage, type StringStream } from "@codemirror/language";
import { tags } from "@lezer/highlight";

interface TemplateState {
  inside: boolean;
  depth: number;
  quote: string;
}

const ROOTS = /^(?:trigger|steps|vars|item|index|run|flow|attempt)\b/;
const WORDS = /^(?:true|false|null|in)\b/;

function code(stream: StringStream, state: TemplateState): string | null {
  if (state.quote !== "") return quoted(stream, state);
  if (stream.match(/^\/\/.*/)) return "comment";
  const quote = stream.match(/^["']/);
  if (quote && typeof quote !== "boolean") {
    state.quote = quote[0] ?? '"';
    return "string";
  }
  if (stream.match(/^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?u?/)) return "number";
  if (stream.match(WORDS)) return "atom";
  if (stream.match(ROOTS)) return "keyword";
  if (stream.match(/^[A-Za-z_]\w*(?=\s*\()/)) return "variableName.function";
  if (stream.match(/^\.\s*\??[A-Za-z_]\w*\b(?!\s*\()/)) return "propertyName";
  if (stream.match(/^[A-Za-z_]\w*/)) return "variableName";
  if (stream.eat("{")) {
    state.depth++;
    return "bracket";
  }
  if (stream.eat("}")) {
    state.depth = Math.max(0, state.depth - 1);
    return "bracket";
  }
  if (stream.match(/^[-+*/%<>=!&|?:]+/)) return "operator";
  stream.next();
  return null;
}

function quoted(stream: StringStream, state: TemplateState): string {
  while (!stream.eol()) {
    const c = stream.next();
    if (c === "\\") stream.next();
    else if (c === state.quote) {
      state.quote = "";
      break;
    }
  }
  if (stream.eol()) state.quote = "";
  return "string";
}

/** One CEL expression. */
export const expressionLanguage = StreamLanguage.define<TemplateState>({
  startState: () => ({ inside: true, depth: 0, quote: "" }),
  token: code,
});

/** Text with {{ expressions }} in it. */
export const templateLanguage = StreamLanguage.define<TemplateState>({
  startState: () => ({ inside: false, depth: 0, quote: "" }),
  token(stream, state) {
    if (!state.inside) {
      if (stream.match("{{")) {
        state.inside = true;
        state.depth = 0;
        return "brace";
      }
      while (!stream.eol() && !stream.match("{{", false)) stream.next();
      return null;
    }
    if (state.quote === "" && state.depth === 0 && stream.match("}}")) {
      state.inside = false;
      return "brace";
    }
    return code(stream, state);
  },
});

export const highlight = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent-text)", fontWeight: "500" },
  { tag: tags.string, color: "var(--ok)" },
  { tag: tags.number, color: "var(--run)" },
  { tag: tags.atom, color: "var(--unknown)" },
  { tag: tags.bool, color: "var(--unknown)" },
  { tag: tags.null, color: "var(--unknown)" },
  { tag: tags.propertyName, color: "var(--ink)" },
  { tag: tags.function(tags.variableName), color: "var(--run)" },
  { tag: tags.operator, color: "var(--ink2)" },
  { tag: tags.brace, color: "var(--ink3)" },
  { tag: tags.comment, color: "var(--ink3)", fontStyle: "italic" },
]);

const SCRIPT_WORDS =
  /^(?:async|await|break|case|catch|class|const|continue|default|do|else|export|finally|for|function|if|in|instanceof|let|new|null|of|return|switch|this|throw|true|false|try|typeof|undefined|var|while|yield)\b/;

interface ScriptState {
  /** What ends the text or comment that goes on in the next line; empty where none does. */
  until: string;
}

function script(stream: StringStream, state: ScriptState): string | null {
  if (state.until !== "") return goOn(stream, state);
  if (stream.match(/^\/\/.*/)) return "comment";
  if (stream.match("/*")) {
    state.until = "*/";
    return goOn(stream, state);
  }
  if (stream.match("`")) {
    state.until = "`";
    return goOn(stream, state);
  }
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'(?:[^'\\]|\\.)*'?/)) return "string";
  if (stream.match(/^\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?n?/)) return "number";
  if (stream.match(SCRIPT_WORDS)) return "keyword";
  if (stream.match(/^[A-Za-z_$][\w$]*(?=\s*\()/)) return "variableName.function";
  if (stream.match(/^\.[A-Za-z_$][\w$]*/)) return "propertyName";
  if (stream.match(/^[A-Za-z_$][\w$]*/)) return "variableName";
  if (stream.match(/^[-+*/%<>=!&|?:^~]+/)) return "operator";
  stream.next();
  return null;
}

function goOn(stream: StringStream, state: ScriptState): string {
  const look = state.until === "`" ? "string" : "comment";
  while (!stream.eol()) {
    if (stream.match(state.until)) {
      state.until = "";
      return look;
    }
    if (stream.next() === "\\" && look === "string") stream.next();
  }
  return look;
}

/** JavaScript, as far as colours need to know it. */
export const scriptLanguage = StreamLanguage.define<ScriptState>({
  startState: () => ({ until: "" }),
  token: script,
});
