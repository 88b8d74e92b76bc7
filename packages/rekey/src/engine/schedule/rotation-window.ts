/** The days of a week, as `Intl` has them in English. */
export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** A day of the week. */
type Day = (typeof DAYS)[number]

/**
 * When rotations of a kind may begin, by the wall clock of a place. Where that is set back, an hour comes twice and so does its part of the window;
 * an hour that it leaves out is in no window.
 */
export interface RotationWindow {
  /** `HH:MM`. */
  readonly from: string
  /** `HH:MM`, at which it is closed; up to `24:00`. Earlier than `from`: on the next day. */
  readonly to: string
  /** A time zone of the IANA database, such as `Europe/Berlin`. */
  readonly zone: string
  /** The days on which it opens. Default: all. */
  readonly days?: readonly Day[] | undefined
}

const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440
/** A window of one day a week is left out where the clock leaves out its hour: it opens a week later. */
const LOOKS = 3 * 7

/** `02:00–04:00 Europe/Berlin`. */
export function describeWindow({ from, to, zone, days }: RotationWindow): string {
  return `${days === undefined ? '' : `${days.join(', ')} `}${from}–${to} ${zone}`
}

/** Whether the runtime has such a time zone. */
export function isTimeZone(zone: string): boolean {
  try {
    // An offset such as +02:00, which Node takes from 22 on, is none: it knows no summer time.
    clockOf(zone)
    return /^[a-z]/i.test(zone)
  } catch {
    return false
  }
}

/** Minutes since midnight of `HH:MM`. */
export function minuteOf(time: string): number {
  const [hours = NaN, minutes = NaN] = time.split(':').map(Number)
  return 60 * hours + minutes
}

/**
 * The next moment at which a window is open, in milliseconds since the epoch: `at` itself if it is open then. `Infinity` if that is in none of
 * the next three weeks.
 */
export function nextOpening(window: RotationWindow, at: number): number {
  if (isOpenAt(window, at)) return at
  let minute = Math.ceil(at / MINUTE_MS)
  for (let look = 0; look < LOOKS; look += 1) {
    if (isOpenAt(window, minute * MINUTE_MS)) return minute * MINUTE_MS
    const here = wallTime(window.zone, minute * MINUTE_MS).minute
    const there = minuteOf(window.from)
    const next = minute + (((there - here + DAY_MINUTES - 1) % DAY_MINUTES) + 1)
    const arrived = wallTime(window.zone, next * MINUTE_MS).minute
    // The clock was set in between, and the window may have opened there.
    const isSet = arrived !== there
    for (; isSet && minute < next; minute += 1) {
      if (isOpenAt(window, minute * MINUTE_MS)) return minute * MINUTE_MS
    }
    minute = next
  }
  return Infinity
}

function isOpenAt({ from, to, zone, days }: RotationWindow, at: number): boolean {
  const { day, minute } = wallTime(zone, at)
  const [begin, end] = [minuteOf(from), minuteOf(to)]
  const opensOn = (index: number) => days?.includes(DAYS[index] ?? 'sun') ?? true
  if (begin < end) return begin <= minute && minute < end && opensOn(day)
  return (minute >= begin && opensOn(day)) || (minute < end && opensOn((day + 6) % 7))
}

interface WallTime {
  /** The index of a day in {@link DAYS}. */
  readonly day: number
  /** Since midnight. */
  readonly minute: number
}

function wallTime(zone: string, at: number): WallTime {
  const parts = clockOf(zone).formatToParts(at)
  const part = (name: string) => parts.find(({ type }) => type === name)?.value ?? ''
  const day = DAYS.findIndex((name) => name === part('weekday').toLowerCase())
  return { day, minute: 60 * Number(part('hour')) + Number(part('minute')) }
}

/** A clock takes longer to make than to read. */
const clocks = new Map<string, Intl.DateTimeFormat>()

/** @throws {RangeError} for no time zone */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone)
  if (known !== undefined) return known
  const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit' } as const
  const clock = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...parts })
  clocks.set(timeZone, clock)
  return clock
}
