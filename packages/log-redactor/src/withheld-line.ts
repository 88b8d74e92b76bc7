import { MAX_HITS, MOST_READ } from './find-secrets.ts'

/**
 * Writes the replacement of a line that could not be checked. It names the class of the error and nothing else: the message
 * of an error may quote the line.
 */
export function uncheckedLine(line: unknown, error: unknown): string {
  const reason = error instanceof Error ? error.constructor.name : typeof error
  return noteInPlaceOf(line, `[log line withheld: the redactor failed with ${reason}]`)
}

const EXCESS = {
  places: (line: string) =>
    noteInPlaceOf(line, `[log line withheld: it shows secrets in more than ${MAX_HITS} places]`, {
      withheld: { hits: MAX_HITS, characters: line.length },
    }),
  spellings: (line: string) =>
    noteInPlaceOf(
      line,
      `[log line withheld: what it spells is more than ${MOST_READ} times its length]`,
      {
        withheld: { characters: line.length },
      },
    ),
} as const

/** Writes the replacement of a line that was not searched to its end. */
export const excessLine = (line: string, excess: keyof typeof EXCESS) => EXCESS[excess](line)

/** An object for an object, an array for an array, and text for anything else, on a line of its own. */
function noteInPlaceOf(line: unknown, msg: string, details: object = {}): string {
  const [opening] = typeof line === 'string' ? (/^\s*[[{]/.exec(line) ?? ['']) : ['']
  if (opening === '') return `${msg}\n`
  const object = { level: 50, msg, ...details }
  return `${JSON.stringify(opening.endsWith('[') ? [object] : object)}\n`
}
