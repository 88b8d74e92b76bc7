const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** A length of time in its greatest unit, rounded down: `12 d`, `3 h`, `0 s`. */
export function duration(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, least]) => ms >= least) ?? (['s', 1_000] as const)
  return `${Math.max(0, Math.floor(ms / unitMs))} ${unit}`
}

/** How long ago an instant was. */
export function ago(instant: string, now: number): string {
  return `${duration(now - Date.parse(instant))} ago`
}

/** How long it is until an instant, or since when it is past. */
export function until(instant: string, now: number): string {
  const ms = Date.parse(instant) - now
  return ms < 0 ? `${duration(-ms)} ago` : `in ${duration(ms)}`
}
