import type { Dashboard } from "@/api/dashboard";
import type { To } from "./Figure";

/** The lists that hold exactly what the numbers count. */

/** Live runs of the period, or of a part of it. */
export function runsOf(
  view: Pick<Dashboard, "from" | "until">,
  more: { state?: string; flow?: string | undefined },
): To {
  const { state, flow } = more;
  return {
    to: "/runs",
    search: {
      live: "true",
      since: view.from,
      until: view.until,
      ...(state === undefined ? {} : { state }),
      ...(flow === undefined ? {} : { flow }),
    },
  };
}

export const GOING_ON = "queued,running,waiting";

export function alertsReceived(view: Dashboard, taken?: "any" | "person"): To {
  return {
    to: "/alerts",
    search: {
      view: "all",
      receivedSince: view.from,
      receivedUntil: view.until,
      ...(taken === undefined ? {} : { taken }),
    },
  };
}

export function alertsClosed(view: Dashboard, more: Record<string, string> = {}): To {
  return {
    to: "/alerts",
    search: { view: "all", closedSince: view.from, closedUntil: view.until, ...more },
  };
}

/** How cases end that did not go on in another. */
export const ENDED = "true_positive,benign_positive,false_positive,duplicate,undetermined";

export function casesOpened(view: Dashboard): To {
  return { to: "/cases", search: { view: "all", openedSince: view.from, openedUntil: view.until } };
}

export function casesClosed(view: Dashboard, more: Record<string, string> = { resolution: ENDED }): To {
  return { to: "/cases", search: { view: "all", closedSince: view.from, closedUntil: view.until, ...more } };
}
