import { Button } from "./Button";
import { plural } from "./format";

interface LoadMoreProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  shown: number;
  /** What the rows are, in the singular. */
  what: string;
}

/** The foot of a list that is read page by page; nothing when all of it is shown. */
export function LoadMore({ query, shown, what }: LoadMoreProps) {
  if (!query.hasNextPage) return null;
  return (
    <div className="load-more">
      <Button small onClick={() => query.fetchNextPage()} busy={query.isFetchingNextPage}>
        {query.isFetchingNextPage ? "Loading…" : "Load more"}
      </Button>
      <span className="muted">{plural(shown, what)} shown</span>
    </div>
  );
}
