import { type TidyInput, tidy } from "./tidy";

/** The layout of a large flow takes longer than a frame: it is made beside the page. */
self.onmessage = (event: MessageEvent<TidyInput>) => self.postMessage(tidy(event.data));
