import type { WidgetProps } from "@rjsf/utils";
import { ChevronsUpDown, CircleAlert, RefreshCw } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { Option, OptionList } from "@/api/types";
import type { Json } from "@/core/flow/document";
import { IconButton } from "@/ui/Button";
import { plainly } from "@/ui/Named";
import { useFault } from "./modeContext";
import { useFormScope } from "./scope";
import { TextWidget } from "./widgets";

/** A value that the connector lists, searched and picked; any other can be typed all the same. */
export function OptionsWidget(props: WidgetProps) {
  const { options } = useFormScope();
  const pointer = props.options.pointer;
  if (options === undefined || typeof pointer !== "string") return <TextWidget {...props} />;
  return <Choices {...props} load={() => options(pointer)} />;
}

function Choices({
  id,
  value,
  label,
  schema,
  readonly,
  disabled,
  onChange,
  load,
}: WidgetProps & { load: Load }) {
  const list = useId();
  const fault = useFault();
  const frame = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(-1);
  const found = useLoaded(load);
  const fixed = readonly || disabled || false;
  const items = found.list?.items ?? [];
  const shown = items.filter((o) => matches(o, typed));
  const chosen = items.find((o) => o.value === value);
  useEffect(() => {
    const here = frame.current;
    // The list scrolls, so that it takes the focus too.
    const leave = (event: FocusEvent) => {
      if (!here?.contains(event.relatedTarget as Node | null)) setOpen(false);
    };
    here?.addEventListener("focusout", leave);
    return () => here?.removeEventListener("focusout", leave);
  }, []);
  const show = () => {
    if (fixed || open) return;
    setTyped("");
    setActive(-1);
    setOpen(true);
    void found.load();
  };
  const choose = (option: Option) => {
    onChange(option.value);
    setOpen(false);
  };
  const type = (text: string) => {
    show();
    setTyped(text);
    setActive(-1);
    onChange(text === "" ? undefined : asGiven(text, schema.type));
  };
  const keys = (event: KeyboardEvent) => {
    const option = shown[active];
    if (event.key === "ArrowDown" && !open) show();
    else if (event.key === "ArrowDown") setActive(Math.min(active + 1, shown.length - 1));
    else if (event.key === "ArrowUp" && open) setActive(Math.max(active - 1, 0));
    else if (event.key === "Enter" && open && option !== undefined) choose(option);
    else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="choices" ref={frame}>
      <div className="choices-field">
        <input
          {...fault}
          id={id}
          className="input"
          role="combobox"
          aria-label={plainly(label)}
          aria-expanded={open}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={open && active >= 0 ? `${list}-${active}` : undefined}
          autoComplete="off"
          spellCheck={false}
          value={value === undefined || value === null ? "" : String(value)}
          readOnly={fixed}
          placeholder="Choose, or type a value"
          onClick={show}
          onChange={(e) => type(e.target.value)}
          onKeyDown={keys}
        />
        {!fixed && (
          <IconButton
            label={open ? `Load the values of ${label} again` : `Show the values of ${label}`}
            data-testid="load-options"
            onClick={() => (open ? void found.load() : show())}
          >
            {open ? (
              <RefreshCw size={14} className={found.loading ? "spin" : ""} aria-hidden />
            ) : (
              <ChevronsUpDown size={14} aria-hidden />
            )}
          </IconButton>
        )}
      </div>
      {chosen !== undefined && chosen.label !== String(chosen.value) && (
        <p className="field-hint">{plainly(chosen.label)}</p>
      )}
      {/* Over what follows: where it closes, nothing moves beneath a press. */}
      {open && (
        <div className="choices-pop">
          <Said found={found} shown={shown.length} typed={typed} />
          <div className="choices-list" role="listbox" id={list} aria-label={`Values of ${label}`}>
            {shown.map((option, i) => (
              <div
                key={String(option.value)}
                id={`${list}-${i}`}
                role="option"
                tabIndex={-1}
                aria-selected={option.value === value}
                data-active={i === active || undefined}
                className="choices-option"
                // The field keeps the focus.
                onMouseDown={(e) => e.preventDefault()}
                onClick={() => choose(option)}
                onKeyDown={keys}
                ref={i === active ? (e) => e?.scrollIntoView({ block: "nearest" }) : undefined}
              >
                <span className="ellipsis">{plainly(option.label)}</span>
                {option.label !== String(option.value) && (
                  <code className="muted">{String(option.value)}</code>
                )}
              </div>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

type Load = () => Promise<OptionList>;

interface Loaded {
  list: OptionList | undefined;
  loading: boolean;
  error: Error | undefined;
  load: () => Promise<void>;
}

/** What was loaded last; while it is loaded again, it stays. */
function useLoaded(read: Load): Loaded {
  const [list, setList] = useState<OptionList>();
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<Error>();
  const turn = useRef(0);
  const load = async () => {
    const mine = ++turn.current;
    setLoading(true);
    setError(undefined);
    try {
      const found = await read();
      if (mine === turn.current) setList(found);
    } catch (e) {
      if (mine !== turn.current) return;
      setList(undefined);
      setError(e as Error);
    } finally {
      if (mine === turn.current) setLoading(false);
    }
  };
  return { list, loading, error, load };
}

function Said({ found, shown, typed }: { found: Loaded; shown: number; typed: string }) {
  if (found.error !== undefined)
    return (
      <p className="field-error" role="alert" data-testid="options-error">
        <CircleAlert size={13} aria-hidden /> {sentence(found.error.message)}. You can type the value.
      </p>
    );
  let text = "";
  if (found.list === undefined) text = "Asking the connector…";
  else if (found.list.items.length === 0) text = "The connector lists none. You can type the value.";
  else if (shown === 0) text = `None of ${found.list.items.length} is like “${typed}”: it is taken as typed.`;
  else if (found.list.truncated) text = `The first ${found.list.items.length}; others can be typed.`;
  return (
    <p className="field-hint" role="status">
      {text}
    </p>
  );
}

/** The server's words as a sentence of its own. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function matches(option: Option, typed: string): boolean {
  const text = typed.trim().toLowerCase();
  return option.label.toLowerCase().includes(text) || String(option.value).toLowerCase().includes(text);
}

/** A number's field is given numbers; what is none yet stays a text, for the check to tell. */
function asGiven(text: string, type: unknown): Json {
  const number = Number(text);
  return (type === "integer" || type === "number") && text.trim() !== "" && !Number.isNaN(number)
    ? number
    : text;
}
