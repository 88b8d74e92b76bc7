import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Fleet } from '@rekey/rotation'

/** What another process needs to know of a running stack. Holds no secret: those are in `envFile`. */
export interface StackFile {
  /** The development store of every secret. */
  readonly envFile: string
  readonly fleet: Fleet
  readonly validationMs: number
  /** Where each rotator keeps its own audit log. */
  readonly auditDirectory: string
  readonly client: OidcClientPlace
}

/** Which client frontend is, and where its secret is changed. */
export interface OidcClientPlace {
  readonly issuer: string
  readonly clientId: string
  readonly deskUrl: string
}

const FILE = 'stack.json'

/** Where stacks are looked for. */
const stacksDirectory = () => join(tmpdir(), `rekey-stacks-${String(process.getuid?.() ?? 'user')}`)

/** Makes a directory for a new stack that only this user can read, and removes those of stacks that were killed. */
export async function createStackDirectory(): Promise<string> {
  for (const directory of await listDirectories()) {
    if (!isAlive(pidIn(directory))) await removeStackDirectory(directory)
  }
  const name = `${process.pid}-${randomUUID().slice(0, 8)}`
  const directory = join(stacksDirectory(), name)
  await mkdir(directory, { mode: 0o700 })
  return directory
}

/** The process that a stack's directory belongs to is the first part of its name. */
function pidIn(directory: string): number {
  return Number(basename(directory).split('-')[0])
}

/** Lets other processes find the stack. */
export function publishStack(directory: string, stack: StackFile): Promise<void> {
  return writeFile(join(directory, FILE), JSON.stringify(stack, undefined, 2), { mode: 0o600 })
}

/**
 * Finds the stack in `directory`, or the only one that runs.
 *
 * @throws {Error} that says what to do if there is none, or more than one
 */
export async function findStack(directory?: string): Promise<StackFile> {
  if (directory !== undefined) return readStack(directory)
  const running = await findRunning()
  const [only, ...others] = running
  if (only === undefined) throw new Error('no stack is running: start one with npm start -- --keep')
  if (others.length > 0) {
    throw new Error(`several stacks are running: choose one with --stack ${running.join(' | ')}`)
  }
  return readStack(only)
}

async function findRunning(): Promise<string[]> {
  const alive = (await listDirectories()).filter((directory) => isAlive(pidIn(directory)))
  const published = await Promise.all(alive.map((directory) => isPublished(directory)))
  return alive.filter((_directory, n) => published[n])
}

async function isPublished(directory: string): Promise<boolean> {
  return (await readdir(directory)).includes(FILE)
}

async function listDirectories(): Promise<string[]> {
  const parent = stacksDirectory()
  await mkdir(parent, { recursive: true, mode: 0o700 })
  return (await readdir(parent)).map((name) => join(parent, name))
}

async function readStack(directory: string): Promise<StackFile> {
  const text = await readFile(join(directory, FILE), 'utf8').catch(() => undefined)
  if (text === undefined) throw new Error(`${directory} holds no running stack`)
  return JSON.parse(text) as StackFile
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Removes a stack's directory. */
export function removeStackDirectory(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true })
}
