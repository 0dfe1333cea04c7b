/** The nonce of this page's policy, for the editors that make style sheets; empty in development. */
export function pageNonce(): string {
  const value = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
  return value.startsWith("__") ? "" : value;
}
