import { randomUUID } from 'node:crypto'
import { mkdir, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { basename, isAbsolute, join, resolve, sep } from 'node:path'
import { type Deployment, readDeployment } from '../deployment.ts'
import { importKinds } from '../import-named.ts'
import { OWN_KINDS } from '../kinds.ts'
import { SecretError, jsonIn } from '@rekey/secret'
import { fileError, isGone, privateDirectory, readPrivateFile } from '@rekey/secret/internal/files'

const FILE = 'stack.json'
/** Holds the folder that the stack was started in. */
const ORIGIN = 'origin'

/**
 * Where stacks are looked for: a directory that only this user can reach into, in `XDG_RUNTIME_DIR`, else in the user's home, where
 * each machine has its own.
 *
 * @throws {SecretError} as {@link privateDirectory}
 */
async function stacksDirectory(): Promise<string> {
  // eslint-disable-next-line @rekey/no-raw-env -- a directory of the user, as TMPDIR is
  const runtime = process.env['XDG_RUNTIME_DIR']
  const directory = runtime
    ? join(await privateDirectory(runtime), 'rekey-stacks')
    : join(homedir(), '.cache', 'rekey-stacks', hostname())
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw fileError(error, directory)
  })
  return privateDirectory(directory)
}

/**
 * Makes a directory for a new stack that only this user can read, and removes those of stacks that were killed.
 *
 * @example
 * ```ts
 * const directory = await createStackDirectory()
 * ```
 */
export async function createStackDirectory(): Promise<string> {
  for (const directory of await listDirectories()) {
    if (!isRunning(directory)) await removeStackDirectory(directory)
  }
  const name = `${process.pid}-${randomUUID().slice(0, 8)}`
  const directory = join(await stacksDirectory(), name)
  await mkdir(directory, { mode: 0o700 })
  return directory
}

/** The process that a stack's directory belongs to is the first part of its name. */
function pidIn(directory: string): number {
  return Number(basename(directory).split('-')[0])
}

/**
 * Lets other processes find the stack.
 *
 * @param origin the folder that it is of: a command in there finds it
 */
export async function publishStack(
  directory: string,
  family: Deployment,
  origin: string = process.cwd(),
): Promise<void> {
  const options = { mode: 0o600, flag: 'wx' }
  await writeFile(join(directory, ORIGIN), origin, options)
  await writeFile(join(directory, FILE), JSON.stringify(family, undefined, 2), options)
}

/**
 * Finds the stack in `directory`, or the only one that runs. Only this user can have made it, and it names nothing outside of its
 * directory.
 *
 * @param within a folder: only stacks that were started in it, or in one that holds it, are found without `directory`
 * @throws {SecretError} `refused` if the directory or its file is not private to this user, or names what is elsewhere
 * @throws {Error} with what to do, if there is none or more than one
 */
export async function findStack(directory?: string, within?: string): Promise<Deployment> {
  if (directory !== undefined) return readStack(directory)
  const all = await findRunning()
  const running = within === undefined ? all : await startedAround(within, all)
  const [only, ...others] = running
  if (only === undefined) throw noStack(all)
  if (others.length > 0) {
    throw new Error(`several stacks are running: choose one with --stack ${running.join(' | ')}`)
  }
  return readStack(only)
}

function noStack(elsewhere: readonly string[]): Error {
  const [one] = elsewhere
  if (one === undefined) {
    return new Error(
      'no stack is running: start one with npm start -- --keep, or name a family: --family FILE',
    )
  }
  return new Error(
    `no stack of this folder is running: name a family with --family FILE, or the stack of another folder with --stack ${one}`,
  )
}

/** The stacks that were started in a folder, or in one that holds it. */
async function startedAround(folder: string, stacks: readonly string[]): Promise<string[]> {
  const here = await realpath(folder).catch(() => folder)
  const origins = await Promise.all(
    stacks.map((stack) => readPrivateFile(join(stack, ORIGIN)).catch(() => undefined)),
  )
  return stacks.filter((_stack, n) => {
    const origin = origins[n]
    return origin !== undefined && `${here}${sep}`.startsWith(`${origin}${sep}`)
  })
}

async function findRunning(): Promise<string[]> {
  const alive = (await listDirectories()).filter((directory) => isRunning(directory))
  const published = await Promise.all(alive.map((directory) => isPublished(directory)))
  return alive.filter((_directory, n) => published[n])
}

async function isPublished(directory: string): Promise<boolean> {
  return (await readdir(directory)).includes(FILE)
}

async function listDirectories(): Promise<string[]> {
  const parent = await stacksDirectory()
  return (await readdir(parent)).map((name) => join(parent, name))
}

async function readStack(path: string): Promise<Deployment> {
  try {
    const directory = await privateDirectory(path)
    const file = join(directory, FILE)
    const content = jsonIn(await readPrivateFile(file))
    if (content === undefined) throw new Error(`${file} is no JSON: start the stack anew`)
    const { kinds, ...parts } = content as { readonly kinds?: readonly string[] }
    const own = kinds && { [OWN_KINDS]: await readKinds(kinds, directory) }
    const family = await readDeployment({ ...parts, ...own }, file)
    checkSelfContained(family, directory)
    return family
  } catch (error) {
    if (!(error instanceof SecretError) || error.code !== 'missing') throw error
    throw new Error(`${path} holds no running stack`)
  }
}

/** Imports the kinds that a stack brings along, from files of its directory that only this user can have written. */
async function readKinds(paths: readonly string[], directory: string) {
  for (const path of paths) {
    if (!resolve(path).startsWith(directory + sep))
      throw refused(directory, 'kinds names a file elsewhere')
    await readPrivateFile(path)
  }
  return importKinds(join(directory, FILE), paths)
}

function isRunning(directory: string): boolean {
  return !isGone({ pid: pidIn(directory), host: hostname() })
}

/** Removes a stack's directory. */
export function removeStackDirectory(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true })
}

/**
 * The schemes of stores that are not in the directory of a stack, and the variables without which their clients look for credentials
 * in the environment or on the machine.
 */
const REMOTE: ReadonlyMap<string, readonly string[]> = new Map([
  ['vault', ['VAULT_ADDR']],
  ['aws', ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']],
  ['kubernetes', ['KUBECONFIG']],
])

/**
 * Checks that a stack names each credential itself and each file in its own directory, so that using it opens no other file of the
 * user and sends nothing of the caller.
 *
 * @throws {SecretError} `refused`, without what is named
 */
function checkSelfContained({ store, auditDirectory }: Deployment, directory: string): void {
  const { locator, variables } = store
  const [scheme = '', ...rest] = locator.split(':')
  const needed = REMOTE.get(scheme)
  for (const name of needed ?? []) {
    if (variables[name] === undefined) throw refused(directory, `${name} is missing`)
  }
  const paths = Object.entries(variables).flatMap(([name, value]) => {
    if (typeof value !== 'string') return [[name, value.file] as const]
    return isAbsolute(value) || name.endsWith('_FILE') ? [[name, value] as const] : []
  })
  if (needed === undefined) paths.push(['locator', rest.join(':')])
  if (auditDirectory !== undefined) paths.push(['auditDirectory', auditDirectory])
  for (const [name, path] of paths) {
    if (resolve(path).startsWith(directory + sep)) continue
    throw refused(directory, `${name} names a file elsewhere`)
  }
}

function refused(directory: string, problem: string): SecretError {
  const what = `the stack in ${directory} is not complete in itself: ${problem}`
  return new SecretError('refused', `${what}. Start it anew, or name its file with --family`)
}
