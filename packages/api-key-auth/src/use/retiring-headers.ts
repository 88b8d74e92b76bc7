/** The state of a key that retires. Both in milliseconds since the epoch. */
export interface Retirement {
  /** Since when it retires. */
  readonly since: number
  /** After when it is refused, if that is known. */
  readonly until?: number
}

/**
 * The response headers that announce it: `Deprecation`, a structured-field date (RFC 9745 §2.1, RFC 9651 §3.3.7), and `Sunset`,
 * an HTTP-date (RFC 8594 §3), which must not be the earlier one (RFC 9745 §4). They speak of the key that was shown, not of
 * the resource.
 */
export function retiringHeaders({ since, until }: Retirement): Readonly<Record<string, string>> {
  const deprecation = Math.min(since, until ?? Infinity)
  return Object.freeze({
    deprecation: `@${Math.floor(deprecation / 1_000)}`,
    ...(until !== undefined && { sunset: new Date(until).toUTCString() }),
  })
}

/** Reads the headers of a response; undefined if they do not announce a retirement. */
export function retirementIn(headers: Headers): Retirement | undefined {
  const seconds = /^@(-?\d{1,15})$/.exec(headers.get('deprecation')?.trim() ?? '')?.[1]
  if (seconds === undefined) return undefined
  const until = Date.parse(headers.get('sunset') ?? '')
  return { since: Number(seconds) * 1_000, ...(!Number.isNaN(until) && { until }) }
}
