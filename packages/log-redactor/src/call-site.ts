import { dirname, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Deep enough to pass a logger and the guard. */
const DEPTH = 64

const FRAME = /^ {4}at (?:.*\()?((?:file:\/\/)?\/[^()]*):(\d+):\d+\)?$/
const LIBRARY = `${sep}node_modules${sep}`
const MAX_PATH = 200

interface Place {
  readonly file: string
  readonly line: string
}

/**
 * Finds the line of the program that prints at this moment: `src/routes.ts:42`, relative to the working directory where it lies in it.
 * Frames of this package, of Node.js and of libraries are passed over. Nothing if there is no other, as behind a timer.
 */
export function callSite(): string | undefined {
  try {
    const places = readStack().flatMap(placeOf)
    const own = dirname(places[0]?.file ?? '') + sep
    const found = places.find(({ file }) => !file.startsWith(own) && !file.includes(LIBRARY))
    return found && `${shown(found.file)}:${found.line}`
  } catch {
    // A place is good to have; the line is masked without it.
    return undefined
  }
}

function readStack(): string[] {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = DEPTH
  const { stack = '' } = new Error()
  Error.stackTraceLimit = before
  return stack.split('\n')
}

function placeOf(frame: string): Place[] {
  const [, file, line] = FRAME.exec(frame) ?? []
  if (file === undefined || line === undefined) return []
  return [{ file: file.startsWith('file:') ? fileURLToPath(file) : file, line }]
}

function shown(file: string): string {
  const inside = relative(process.cwd(), file)
  const path = inside.startsWith('..') ? file : inside
  return path.slice(-MAX_PATH).replace(/[^\w./@+-]/g, '_')
}
