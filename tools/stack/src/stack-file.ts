import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type FamilyFile, loadFamilyFile } from './family-file.ts'

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
export function publishStack(directory: string, family: FamilyFile): Promise<void> {
  return writeFile(join(directory, FILE), JSON.stringify(family, undefined, 2), { mode: 0o600 })
}

/**
 * Finds the stack in `directory`, or the only one that runs.
 *
 * @throws {Error} that says what to do if there is none, or more than one
 */
export async function findStack(directory?: string): Promise<FamilyFile> {
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

async function readStack(directory: string): Promise<FamilyFile> {
  const names = await readdir(directory).catch((): string[] => [])
  if (!names.includes(FILE)) throw new Error(`${directory} holds no running stack`)
  return loadFamilyFile(join(directory, FILE))
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
