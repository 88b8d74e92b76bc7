/**
 * Writes the replacement of a line that could not be checked. It names the class of the error and nothing else: the message
 * of an error may quote the line. It is an object for an object, an array for an array, and text for anything else, on a line of its own.
 */
export function uncheckedLine(line: unknown, error: unknown): string {
  const reason = error instanceof Error ? error.constructor.name : typeof error
  const msg = `[log line withheld: the redactor failed with ${reason}]`
  const [opening] = typeof line === 'string' ? (/^\s*[[{]/.exec(line) ?? ['']) : ['']
  if (opening === '') return `${msg}\n`
  const object = { level: 50, msg }
  return `${JSON.stringify(opening.endsWith('[') ? [object] : object)}\n`
}
