import { Copy, Ellipsis, Inbox, Play, Trash2, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmName } from "@/ui/ConfirmName";
import { Denied } from "@/ui/Denied";
import { Dialog } from "@/ui/Dialog";
import { Empty, ErrorView, Failure, SkeletonRows } from "@/ui/Feedback";
import { Field, SearchBox, Segments, Switch, TextField } from "@/ui/Fields";
import { JsonTree } from "@/ui/JsonTree";
import { LiveBadge } from "@/ui/LiveBadge";
import { Menu } from "@/ui/Menu";
import { Status } from "@/ui/Status";
import { Ago } from "@/ui/Time";
import { ToastView, toast } from "@/ui/Toasts";
import { Group } from "./TokenViews";

const LOOKS = ["primary", "plain", "quiet", "danger", "danger-full"] as const;
const NOTHING = () => {};
const VIEWER = { role: "viewer" };

export function Buttons() {
  return (
    <div className="design-block">
      {(["Usual", "Small", "Busy", "Disabled"] as const).map((state) => (
        <Group key={state} name={state}>
          <div className="design-row">
            {LOOKS.map((look) => (
              <Button
                key={look}
                look={look}
                small={state === "Small"}
                busy={state === "Busy"}
                disabled={state === "Disabled"}
              >
                <Play size={15} aria-hidden /> {look}
              </Button>
            ))}
            <IconButton label={`Copy, ${state.toLowerCase()}`} disabled={state === "Disabled"}>
              <Copy size={15} aria-hidden />
            </IconButton>
          </div>
        </Group>
      ))}
    </div>
  );
}

export function Inputs({ theme }: { theme: string }) {
  const [text, setText] = useState("abuse@corp.example");
  const [found, setFound] = useState("phishing");
  const [on, setOn] = useState(true);
  const [segment, setSegment] = useState("one");
  return (
    <div className="design-block design-fields">
      <TextField
        label="With a hint"
        hint="Says what belongs here."
        value={text}
        onChange={(e) => setText(e.target.value)}
      />
      <TextField label="Empty" placeholder="An example" />
      <TextField label="Wrong" error="This is no address." defaultValue="abuse@" />
      <TextField label="Disabled" defaultValue="Not now" disabled />
      <Field label="Choice">
        {(id) => (
          <select id={id} className="select" defaultValue="fail">
            <option value="fail">Fail the run</option>
            <option value="continue">Go on</option>
          </select>
        )}
      </Field>
      <Field label="Long text">
        {(id) => <textarea id={id} className="textarea" rows={2} defaultValue="Of more lines than one." />}
      </Field>
      <SearchBox label={`Search, ${theme}`} value={found} onChange={setFound} />
      <Segments
        label="Segments"
        value={segment}
        options={[
          { value: "one", label: "One holds" },
          { value: "two", label: "Of a few" },
        ]}
        onChange={setSegment}
      />
      <div className="design-row">
        <Switch checked={on} onChange={setOn} label="A switch" />
        <Switch checked={false} onChange={NOTHING} label="Off" />
        <Switch checked disabled onChange={NOTHING} label="On, disabled" />
        <label className="row">
          <input type="checkbox" className="check" defaultChecked /> Checked
        </label>
        <label className="row">
          <input type="checkbox" className="check" /> Not checked
        </label>
      </div>
    </div>
  );
}

/** What lies over the page, as a still picture and to try; what is tried has the page's own theme. */
export function Opened() {
  const [open, setOpen] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const entries = [
    { label: "Copy", icon: <Copy size={15} aria-hidden />, keys: "Ctrl C", onSelect: NOTHING },
    { label: "Not now", disabled: true, onSelect: NOTHING },
    "line" as const,
    { label: "Delete…", icon: <Trash2 size={15} aria-hidden />, danger: true, onSelect: NOTHING },
  ];
  return (
    <div className="design-block">
      <div className="design-row">
        <Menu
          trigger={
            <Button>
              <Ellipsis size={15} aria-hidden /> Menu
            </Button>
          }
          entries={entries}
        />
        <Button onClick={() => setOpen(true)}>Dialog</Button>
        <Button look="danger" onClick={() => setDeleting(true)}>
          Confirm
        </Button>
        <Button onClick={() => toast("ok", "Saved.")}>Toast</Button>
      </div>
      <div className="design-still menu" aria-hidden>
        <div className="menu-item" data-highlighted>
          <Copy size={15} aria-hidden /> Copy <kbd>Ctrl C</kbd>
        </div>
        <div className="menu-item" data-disabled aria-disabled>
          Not now
        </div>
        <div className="menu-line" />
        <div className="menu-item menu-item-danger">
          <Trash2 size={15} aria-hidden /> Delete…
        </div>
      </div>
      <div className="design-still dialog">
        <div className="dialog-head">
          <h3 className="grow">Publish</h3>
          <IconButton label="Close, in the picture">
            <X size={16} aria-hidden />
          </IconButton>
        </div>
        <div className="dialog-body">
          <p>New events use this version from now on.</p>
        </div>
        <div className="dialog-foot">
          <Button>Cancel</Button>
          <Button look="primary">Publish version 3</Button>
        </div>
      </div>
      {(["ok", "info", "fail"] as const).map((tone) => (
        <ToastView
          key={tone}
          toast={{ id: 0, tone, text: TOASTS[tone], action: { label: "Undo", run: NOTHING } }}
          onDrop={NOTHING}
        />
      ))}
      <Dialog open={open} onClose={() => setOpen(false)} title="A dialog" description="Escape closes it.">
        <p>Focus stays inside, and returns to where it was.</p>
      </Dialog>
      <ConfirmName
        open={deleting}
        onClose={() => setDeleting(false)}
        title="Delete nothing?"
        text="What is gone for good is asked for by its name."
        name="nothing"
        action="Delete"
        onConfirm={async () => {}}
      />
    </div>
  );
}

const TOASTS = {
  ok: "Kept 4 samples.",
  info: "Deleted “Look it up” and its wires.",
  fail: "The server could not be reached.",
};

const RUN_STATES = ["queued", "running", "waiting", "succeeded", "failed", "canceled", "unknown"];
const STEP_STATES = ["pending", "skipped", "pinned"];

export function States() {
  return (
    <div className="design-block">
      <Group name="Runs and steps">
        <div className="design-row">
          {[...RUN_STATES, ...STEP_STATES].map((state) => (
            <Status key={state} state={state} />
          ))}
        </div>
      </Group>
      <Group name="Icons alone">
        <div className="design-row">
          {[...RUN_STATES, ...STEP_STATES].map((state) => (
            <Status key={state} state={state} bare />
          ))}
        </div>
      </Group>
      <Group name="Badges">
        <div className="design-row">
          <LiveBadge version={0} halted={false} none="Draft" />
          <LiveBadge version={12} halted={false} />
          <LiveBadge version={12} halted />
          <span className="badge badge-fail">Failing</span>
          <span className="badge badge-wait">Asks for more</span>
          <kbd className="kbd">Ctrl K</kbd>
        </div>
      </Group>
      <Group name="Times">
        <Ago at={new Date(Date.now() - 3_600_000).toISOString()} />
      </Group>
    </div>
  );
}

export function Feedback() {
  return (
    <div className="design-block">
      <div className="card">
        <Empty icon={Inbox} title="Nothing waits for you" text="Questions of runs come here.">
          <Button>Runs</Button>
        </Empty>
      </div>
      <ErrorView error={new Error("The server could not be reached. Check the network, and try again.")}>
        <p>
          <Button small>Try again</Button>
        </p>
      </ErrorView>
      <Failure
        title="This expression can't be read."
        problems={[
          {
            message: "unexpected end\nsteps.parse.output ==\n                     ^",
            fix: "Say what it is compared with.",
          },
        ]}
      />
      <div className="card">
        <SkeletonRows rows={2} />
      </div>
      <div className="card">
        <Denied what="see the audit log" {...VIEWER} />
      </div>
    </div>
  );
}

const DATA = {
  subject: "Your account has been limited",
  from: { address: "billing@corp.example", name: "Billing" },
  indicators: [
    { type: "domain", value: "corp.example", score: 82 },
    { type: "ipv4", value: "203.0.113.7", score: 14.5 },
  ],
  spam: true,
  seen: null,
};

export function Trees() {
  return (
    <div className="design-block">
      <JsonTree value={DATA} label="Data" />
      <Group name="Nothing">
        <JsonTree value={{}} label="No data" />
      </Group>
    </div>
  );
}
