const FORMAT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})

/** A moment as a person reads it, the same on the server and in the browser: `28 Nov 2026, 10:40 UTC`. */
export function formatDate(moment: Date): string {
  return `${FORMAT.format(moment)} UTC`
}
