/**
 * Weighs what the search finds by its page: a guide before a reference, and that before the reason of a decision. The site has this function
 * as its text, so it is whole by itself.
 */
export function boostDocument(id: string): number {
  if (id.includes('/guide/')) return 2
  return id.includes('/decisions/') ? 0.25 : 1
}
