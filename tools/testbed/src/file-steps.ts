import fs, {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { hostname } from 'node:os'
import { join, relative } from 'node:path'
import process from 'node:process'

export { isExhaustive } from './exhaustive.ts'

/** One call of `node:fs/promises` by which a run changes the files below a directory. */
export interface FileStep {
  /** `rename`, `write`, `sync`, … */
  readonly name: string
  /** Of the file, from the directory on. */
  readonly path: string
}

/** The files of a directory as a process leaves them that is killed between two steps. */
export interface LeftFiles<Mark = undefined> {
  /** The steps that were done, and the first that was not: `7: before rename of ca.key`. */
  readonly label: string
  /** A copy of the directory. */
  readonly directory: string
  /** Of the run at that moment. */
  readonly mark: Mark
}

/** A call on its way. */
interface Call extends FileStep {
  readonly target: string
  /** Bytes that it writes, and from which position on. Default: at the end. */
  readonly data?: Buffer
  readonly at?: number
  readonly proceed: () => Promise<unknown>
}

/** Does the call, or something else in its place. */
type Interceptor = (call: Call) => Promise<unknown>

/** Errors of a disk. `short`: half of what is written arrives, then the disk is full. */
export type DiskFault = 'EIO' | 'EROFS' | 'short'

type AnyFunction = (this: unknown, ...args: unknown[]) => Promise<unknown>
type Functions = Record<string, AnyFunction>

const OF_PATHS = [
  'appendFile',
  'chmod',
  'copyFile',
  'link',
  'mkdir',
  'mkdtemp',
  'open',
  'rename',
  'rm',
  'symlink',
  'truncate',
  'unlink',
  'writeFile',
]
/** The second argument is the path that changes. */
const TO_SECOND = ['copyFile', 'link', 'rename', 'symlink']
const OF_HANDLES = ['appendFile', 'chmod', 'datasync', 'sync', 'truncate', 'write', 'writeFile']
const WRITING = ['appendFile', 'write', 'writeFile']
const FLUSHING = ['datasync', 'sync']

/**
 * Records what a run leaves if its process is killed: a copy of the directory before each step that changes it, in the middle of each
 * write and each removal of a folder, and after the last. That is all that a kill can leave: each step is one system call or a write that may be
 * cut, and the kernel keeps what earlier calls have done. The copies are an hour old, as at a later start.
 *
 * @example
 * for (const left of await recordKills(directory, () => changePassphrase(change))) await opens(left.directory)
 */
export async function recordKills(
  directory: string,
  run: () => Promise<unknown>,
): Promise<LeftFiles[]>
export async function recordKills<Mark>(
  directory: string,
  run: () => Promise<unknown>,
  markOf: () => Mark,
): Promise<LeftFiles<Mark>[]>
export async function recordKills(
  directory: string,
  run: () => Promise<unknown>,
  markOf: () => unknown = () => undefined,
): Promise<LeftFiles<unknown>[]> {
  const left: LeftFiles<unknown>[] = []
  const copies = mkdtempSync(`${directory}-killed-`)
  const copy = (label: string) => {
    const to = join(copies, String(left.length))
    cpSync(directory, to, { recursive: true, verbatimSymlinks: true })
    left.push({ label: `${left.length}: ${label}`, directory: to, mark: markOf() })
    return to
  }
  await intercept(directory, run, async (call) => {
    if (!FLUSHING.includes(call.name)) {
      copy(`before ${call.name} of ${call.path}`)
      if (isDividable(call)) half(call, copy(`within ${call.name} of ${call.path}`))
    }
    return call.proceed()
  })
  copy('after the last step')
  for (const one of left) leave(one.directory)
  return left
}

/** The steps of a run, in order. */
export async function listSteps(directory: string, run: () => Promise<unknown>) {
  const steps: FileStep[] = []
  await intercept(directory, run, ({ name, path, proceed }) => {
    steps.push({ name, path })
    return proceed()
  })
  return steps
}

/**
 * Does a run on a disk that fails from the step with that number on, counted from 0: for good if it is full or read-only, and in that step alone
 * if it has an error. A full disk still removes files.
 *
 * @returns the error of the run, and the step that failed first; neither for a run that has fewer steps
 */
export async function runOnFailingDisk(
  directory: string,
  { from, fault }: { readonly from: number; readonly fault: DiskFault },
  run: () => Promise<unknown>,
): Promise<{ error?: unknown; step?: FileStep }> {
  let count = 0
  let step: FileStep | undefined
  const interceptor: Interceptor = async (call) => {
    const isFirst = count === from
    count += 1
    const fails = fault === 'EIO' ? isFirst : count > from
    if (!fails || (fault === 'short' && !needsSpace(call))) return call.proceed()
    step ??= { name: call.name, path: call.path }
    if (fault === 'short') half(call, directory)
    throw diskError(fault === 'short' ? 'ENOSPC' : fault, call)
  }
  try {
    await intercept(directory, run, interceptor)
    return { ...(step && { step }) }
  } catch (error) {
    return { error, ...(step && { step }) }
  }
}

/** The open handles below a directory. */
type Handles = WeakMap<object, { readonly path: string; readonly flags: unknown }>

/** Has each call of a run that changes files below a directory go through an interceptor. One run at a time. */
async function intercept(
  directory: string,
  run: () => Promise<unknown>,
  interceptor: Interceptor,
): Promise<void> {
  const functions = fs.promises as unknown as Functions
  const handles: Handles = new WeakMap()
  const ofHandles = await handlePrototype()
  const restores = [
    ...OF_PATHS.map((name) =>
      replace(functions, name, throughPath({ name, directory, handles, interceptor })),
    ),
    ...OF_HANDLES.map((name) =>
      replace(ofHandles, name, throughHandle({ name, directory, handles, interceptor })),
    ),
  ]
  syncBuiltinESMExports()
  try {
    await run()
  } finally {
    for (const restore of restores) restore()
    syncBuiltinESMExports()
  }
}

interface Interception {
  readonly name: string
  readonly directory: string
  readonly handles: Handles
  readonly interceptor: Interceptor
}

function throughPath({ name, directory, handles, interceptor }: Interception) {
  return (original: AnyFunction): AnyFunction =>
    async (...args) => {
      const target = String(args[TO_SECOND.includes(name) ? 1 : 0])
      const proceed = () => original.apply(fs.promises, args)
      const isReading = name === 'open' && !creates(args[1])
      const call = { name, target, path: relative(directory, target), proceed }
      const result =
        isReading || !isBelow(directory, target)
          ? await proceed()
          : await interceptor({ ...call, ...dataOf(name, args[1]) })
      if (name === 'open') handles.set(result as FileHandle, { path: target, flags: args[1] })
      return result
    }
}

function throughHandle({ name, directory, handles, interceptor }: Interception) {
  return (original: AnyFunction): AnyFunction =>
    async function (this: unknown, ...args) {
      const { path: target = '', flags } = handles.get(this as FileHandle) ?? {}
      const proceed = () => original.apply(this, args)
      if (!isBelow(directory, target)) return proceed()
      const call = { name, target, path: relative(directory, target), proceed }
      return interceptor({ ...call, ...dataOf(name, args[0]), ...(flags === 'r+' && { at: 0 }) })
    }
}

function replace(
  owner: Functions,
  name: string,
  make: (original: AnyFunction) => AnyFunction,
): () => void {
  const original = owner[name]
  if (original === undefined) throw new Error(`Node.js has no ${name}`)
  owner[name] = make(original)
  return () => {
    owner[name] = original
  }
}

async function handlePrototype(): Promise<Functions> {
  await using handle = await fs.promises.open('/dev/null')
  return Object.getPrototypeOf(handle) as Functions
}

function creates(flags: unknown): boolean {
  if (typeof flags === 'number') return (flags & fs.constants.O_CREAT) !== 0
  return typeof flags === 'string' && /^[wa]/.test(flags)
}

function isBelow(directory: string, path: string): boolean {
  return path === directory || path.startsWith(`${directory}/`)
}

function dataOf(name: string, data: unknown): { data?: Buffer } {
  if (!WRITING.includes(name)) return {}
  return { data: Buffer.from(data as string | Buffer) }
}

function needsSpace({ name }: Call): boolean {
  return [...WRITING, 'copyFile', 'link', 'mkdir', 'mkdtemp', 'open', 'symlink'].includes(name)
}

/** Whether a kill can divide a call. */
function isDividable({ name, target, data }: Call): boolean {
  if (data !== undefined) return true
  return name === 'rm' && statSync(target, { throwIfNoEntry: false })?.isDirectory() === true
}

/** Does half of a call to the copy of a directory, or to the directory itself. */
function half({ name, path, data, at }: Call, directory: string): void {
  const target = join(directory, path)
  if (name === 'rm') {
    const [first = ''] = readdirSync(target)
    rmSync(join(target, first), { recursive: true, force: true })
    return
  }
  if (data === undefined) return
  const file = fs.openSync(target, at === undefined ? 'a' : 'r+', 0o600)
  try {
    fs.writeSync(file, data, 0, Math.floor(data.length / 2), at ?? null)
  } finally {
    fs.closeSync(file)
  }
}

function diskError(code: string, { name, target }: Call): Error {
  const errno = { EIO: -5, ENOSPC: -28, EROFS: -30 }[code]
  const message = `${code}: the disk of the test fails, ${name} '${target}'`
  return Object.assign(new Error(message), { code, errno, syscall: name, path: target })
}

/** No process has this id: it is above the greatest one of Linux (proc(5), `pid_max`). */
const GONE = 4_194_305

/** Gives what a copy has of this process, in locks, to one that is gone, and makes it an hour old. */
function leave(directory: string): void {
  const at = new Date(Date.now() - 3_600_000)
  const own = `${process.pid} ${hostname()} `
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const path = join(directory, name)
    if (!statSync(path).isFile()) continue
    const text = readFileSync(path, 'latin1')
    if (text.includes(own)) {
      writeFileSync(path, text.replaceAll(own, `${GONE} ${hostname()} `), 'latin1')
    }
    utimesSync(path, at, at)
  }
}
