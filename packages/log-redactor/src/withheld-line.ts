/**
 * What is written instead of a line that could not be checked. It names the class of the error and nothing else: the
 * message of an error may quote the line.
 */
export function withheldLine(line: unknown, error: unknown): string {
  const reason = error instanceof Error ? error.constructor.name : typeof error
  const text = `[log line withheld: the redactor failed with ${reason}]`
  const isJson = typeof line === 'string' && line.startsWith('{')
  return isJson ? `${JSON.stringify({ level: 50, msg: text })}\n` : `${text}\n`
}
