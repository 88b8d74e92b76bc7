import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'

/**
 * Prints an error that ends the process as Node.js does, but by `print`, and exits with the same code: Node.js itself prints it in native
 * code. An error that the program handles is left to it. Returns the way to end that.
 *
 * @param print prints on standard error, at once
 */
export function guardCrash(print: (text: string) => unknown): () => void {
  const crash = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin) => {
    if (process.report.reportOnUncaughtException) writeReport(error)
    print(describeCrash(error, origin))
    process.exit(1)
  }
  // The last of the listeners to be asked: those that others have added to this event come first.
  const onUncaught = () => {
    const isHandled =
      process.listenerCount('uncaughtException') > 0 ||
      process.hasUncaughtExceptionCaptureCallback()
    if (!isHandled) process.once('uncaughtException', crash)
  }
  process.on('uncaughtExceptionMonitor', onUncaught)
  return () => void process.off('uncaughtExceptionMonitor', onUncaught)
}

function writeReport(error: unknown): void {
  if (error instanceof Error) process.report.writeReport(error)
  else process.report.writeReport()
}

/** The text of Node.js, but for where a value was thrown that is no error. */
function describeCrash(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): string {
  const version = `\nNode.js ${process.version}\n`
  if (error instanceof Error)
    return `${placeOf(error, origin === 'uncaughtException')}${look(error)}\n${version}`
  const hint = '(Use `node --trace-uncaught ...` to show where the exception was thrown)'
  if (typeof error === 'object' && error !== null) return `\n${look(error)}\n${version}`
  return `\n${typeof error === 'string' ? error : inspect(error)}\n${hint}\n${version}`
}

function look(error: object): string {
  return inspect(error, { colors: process.stderr.isTTY && process.stderr.hasColors() })
}

const FRAME = /^ {4}at (?:.*\()?((?:file:\/\/|node:|\/|[A-Z]:\\).*?):(\d+):(\d+)\)?$/m

/**
 * The line of the first frame, as Node.js shows it: with an arrow below the statement that threw, or the place where an error was made that a
 * promise was rejected with. The sources of Node.js itself are not shown.
 */
function placeOf({ stack }: Error, isThrown: boolean): string {
  const [, file = '', line = '', column = ''] = FRAME.exec(String(stack)) ?? []
  if (file === '') return ''
  const source = lineOf(file, Number(line))
  if (source === undefined) return `${file}:${line}\n\n`
  const before = source.slice(0, Number(column) - 1)
  const indent = (isThrown ? before.replace(/throw\s+$/, '') : before).replace(/[^\t]/g, ' ')
  return `${file}:${line}\n${source}\n${indent}^\n\n`
}

function lineOf(file: string, line: number): string | undefined {
  if (file.startsWith('node:')) return undefined
  try {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file
    return readFileSync(path, 'utf8').split(/\r?\n/)[line - 1]
  } catch {
    // A file that is gone, or an address that is none: the rest of the text is worth printing.
    return undefined
  }
}
