import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { replaceMethod } from './replace-method.ts'

/** The exit code of Node.js for an error within a handler of uncaught exceptions. */
const FAILED_HANDLER = 7

/** How a process ends by an error. */
export interface CrashOutput {
  /** Prints on standard error, at once. */
  readonly print: (text: string) => unknown
  /** Prints what is held: no event `exit` comes. */
  readonly flush: () => void
  /** Called after all listeners of the event `exit`. */
  readonly afterExit: () => void
}

/**
 * Prints an error that ends the process as Node.js does, but by `print`, and exits with the same code: Node.js itself prints it in native
 * code. An error that the program handles is left to it, unless its handler throws. Returns the way to end that.
 */
export function guardCrash({ print, flush, afterExit }: CrashOutput): () => void {
  let uncaught: unknown
  const crash = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin) => {
    if (process.report.reportOnUncaughtException) writeReport(error)
    try {
      print(describeCrash(error, origin))
    } finally {
      // Where nothing can be printed, it ends with the same code.
      process.exit(1)
    }
  }
  // The last of the listeners to be asked: those that others have added to this event come first.
  const onUncaught = (error: unknown) => {
    uncaught = error
    const isHandled =
      process.listenerCount('uncaughtException') > 0 ||
      process.hasUncaughtExceptionCaptureCallback()
    if (!isHandled) process.once('uncaughtException', crash)
  }
  const failHandler = (error: unknown) => {
    print(describeCrash(error, 'uncaughtException'))
    flush()
    ;(process as unknown as Record<'reallyExit', (code: number) => never>).reallyExit(
      FAILED_HANDLER,
    )
  }
  const isUncaught = (event: unknown, error: unknown) => FATAL.includes(event) && error === uncaught
  process.on('uncaughtExceptionMonitor', onUncaught)
  const undo = [
    guardEmit({ isOurs: isUncaught, onThrow: failHandler, afterExit }),
    guardCapture(failHandler),
  ]
  return () => {
    process.off('uncaughtExceptionMonitor', onUncaught)
    for (const restore of undo) restore()
  }
}

/** Events by which Node.js gives an uncaught exception to a program; one may also emit them itself, and gets what its listeners throw. */
const FATAL: readonly unknown[] = ['uncaughtExceptionMonitor', 'uncaughtException']

interface EmitGuard {
  /** Whether it is Node.js that emits this event, with this argument. */
  readonly isOurs: (event: unknown, argument: unknown) => boolean
  readonly onThrow: (error: unknown) => void
  readonly afterExit: () => void
}

function guardEmit({ isOurs, onThrow, afterExit }: EmitGuard): () => void {
  return replaceMethod(
    process,
    'emit',
    (emit) =>
      function guardedByRekey(...args) {
        try {
          const result = emit.apply(this, args)
          if (args[0] === 'exit') afterExit()
          return result
        } catch (error) {
          if (!isOurs(args[0], args[1])) throw error
          onThrow(error)
          return true
        }
      },
  )
}

function guardCapture(onThrow: (error: unknown) => void): () => void {
  return replaceMethod(
    process,
    'setUncaughtExceptionCaptureCallback',
    (set) =>
      function (capture) {
        if (typeof capture !== 'function') return set.call(this, capture)
        const given = capture as (error: unknown) => void
        return set.call(this, function guardedByRekey(error: unknown) {
          try {
            given(error)
          } catch (thrown) {
            onThrow(thrown)
          }
        })
      },
  )
}

/** Whether a line of a stack is that of a function which this module has put in place of one of Node.js. */
const isOwnFrame = (line: string) =>
  /^ {4}at (?:process\.emit|\S*guardedByRekey.*) \(/.test(line) &&
  line.includes(`(${import.meta.url}:`)

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
  const text = inspect(error, { colors: process.stderr.isTTY && process.stderr.hasColors() })
  return text
    .split('\n')
    .filter((line) => !isOwnFrame(line))
    .join('\n')
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
