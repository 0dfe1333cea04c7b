import type { ReactNode } from "react";
import { Button } from "./Button";
import { ErrorView, SkeletonRows } from "./Feedback";
import { LoadMore } from "./LoadMore";

interface PagedCardProps {
  query: {
    data: unknown;
    error: unknown;
    isPending: boolean;
    isError: boolean;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage: () => unknown;
    refetch: () => unknown;
  };
  shown: number;
  /** What the rows are, in the singular. */
  what: string;
  className: string;
  /** How high a row mostly is, in pixels. */
  row?: number;
  children: ReactNode;
}

/** A list that is read page by page, in a card: loading, failed, or its rows with what follows. */
export function PagedCard({ query, shown, what, className, row, children }: PagedCardProps) {
  return (
    <>
      {query.isError && (
        <ErrorView error={query.error}>
          <p>
            <Button small onClick={() => void query.refetch()}>
              Try again
            </Button>
          </p>
        </ErrorView>
      )}
      {query.isPending && (
        <div className="card">
          <SkeletonRows {...(row === undefined ? {} : { height: row })} />
        </div>
      )}
      {query.data !== undefined && (
        <div className={`card ${className}`}>
          {children}
          <LoadMore query={query} shown={shown} what={what} />
        </div>
      )}
    </>
  );
}
