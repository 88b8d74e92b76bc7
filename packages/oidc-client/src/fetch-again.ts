/** How often a request is made whose connection ends without an answer. */
const ATTEMPTS = 3

/** The connection ended, or had ended before the request was sent. */
const ENDED: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/**
 * Creates what fetches as `fetch` does, and again where the connection ends without an answer: one that is kept alive may have been closed by the
 * provider while this process stood still. An authorization code is good for one request; if that was the one which went unanswered,
 * the next is refused, and the login is lost as it was before.
 */
export function fetchAgain(
  fetch: typeof globalThis.fetch = globalThis.fetch,
): (url: string, options: object) => Promise<Response> {
  return async (url, options) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await fetch(url, options)
      } catch (error) {
        if (attempt === ATTEMPTS || !hasEnded(error)) throw error
      }
    }
  }
}

function hasEnded(error: unknown): boolean {
  const cause: unknown = error instanceof TypeError ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && ENDED.has(cause.code)
}
