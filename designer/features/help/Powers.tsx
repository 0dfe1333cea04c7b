import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { usePermissions } from "@/api/permissions";
import { powersQuery } from "@/api/queries";
import { EFFECT_TEXT, type NodeType } from "@/core/flow/catalog";

/** What a type does outside of the run, and what its connector must be let do for that. */
export function Powers({ type }: { type: NodeType }) {
  if (type.kind === "trigger" || type.type === "core.note") return null;
  const { connector, version } = type;
  return (
    <section aria-label="What it needs">
      <h3>What it needs</h3>
      {type.type === "core.call" ? (
        <p>What the called flow needs.</p>
      ) : (
        <p>
          It {EFFECT_TEXT[type.effect]}
          {type.idempotent && type.effect !== "none" && ", and can be repeated without harm"}.
        </p>
      )}
      {connector !== undefined && version !== undefined && (
        <ConnectorPowers connector={connector} version={version} />
      )}
    </section>
  );
}

function ConnectorPowers({ connector, version }: { connector: string; version: string }) {
  const may = usePermissions().can("connector.read");
  const powers = useQuery({ ...powersQuery(connector, version), enabled: may });
  const asked = powers.data?.asked ?? [];
  return (
    <>
      {asked.length > 0 && (
        <>
          <p>Its connector asks to be let do this:</p>
          <ul className="help-notes" data-testid="help-powers">
            {asked.map((w) => (
              <li key={w.sentence}>
                {w.sentence} <span className="muted">{w.reason}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {may && (
        <p>
          <Link to="/connectors/$name" params={{ name: connector }} search={{ version }}>
            The connector {connector} {version}
          </Link>
        </p>
      )}
    </>
  );
}
