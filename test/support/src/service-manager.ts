import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCompiled } from '@rekey/testbed'

/** The values of a section `[Service]` by directive: systemd.exec(5), systemd.service(5). */
type Directives = ReadonlyMap<string, readonly string[]>

/** A service as a service manager starts it. */
export interface Unit {
  /** `rekey-rotate.service` */
  readonly name: string
  readonly directives: Directives
  /** The program and its arguments, as shell words. Default: those of `ExecStart`. */
  readonly command?: string
}

/** The machine of a service manager that a test plays: a folder that stands for `/`. */
export interface Machine {
  readonly root: string
  /** Programs of that machine, by their path there: those of this one. */
  readonly programs: ReadonlyMap<string, string>
}

const NEEDS_ROOT = 'units run as users of their own, which takes root'
const isRoot = () => process.geteuid?.() === 0

/** Whether a test of units is run: as root, and in CI always, where {@link requireRoot} fails it. Reports a test that is not. */
export function runsUnits(test: string): boolean {
  if (!isRoot()) process.stderr.write(`${test} skipped: ${NEEDS_ROOT}\n`)
  return isRoot() || process.env['CI'] === 'true'
}

/** @throws {Error} without root */
export function requireRoot(): void {
  if (!isRoot()) throw new Error(NEEDS_ROOT)
}

const PLACES = /(?<=^|[\s=:'"])\/(?=(?:etc|srv|var\/lib|run\/credentials)\/)/gm

/** Puts paths on a machine in place of those in a text. What it does not have is that of this one. */
export function pathsOn({ root }: Machine, text: string): string {
  return text.replaceAll(PLACES, `${root}/`)
}

/** Reads a unit below `/etc/systemd/system`, with its drop-ins: of `a-b.service` also those in `a-.service.d` (systemd.unit(5)). */
export function readUnit(name: string, { root }: Machine): Unit {
  const folder = join(root, 'etc/systemd/system')
  const prefixes = Array.from(name.matchAll(/-/g), ({ index }) => name.slice(0, index + 1))
  const dropIns = [...prefixes.map((prefix) => `${prefix}.service.d`), `${name}.d`]
    .map((one) => join(folder, one))
    .filter((one) => existsSync(one))
    .flatMap((one) => readdirSync(one).map((file) => join(one, file)))
  const texts = [join(folder, name), ...dropIns].map((file) => readFileSync(file, 'utf8'))
  return { name, directives: directivesIn(texts.join('\n')) }
}

function directivesIn(text: string): Directives {
  const directives = new Map<string, string[]>()
  for (const [, key = '', value = ''] of text.matchAll(/^(\w+)=(.*)$/gm)) {
    directives.set(key, [...(directives.get(key) ?? []), value])
  }
  return directives
}

/**
 * Writes the shell script that starts a service as systemd does: credentials and folders of its user alone, its variables and no
 * others, its user. Without root one user stands for all. Isolation is left out: `systemd-analyze security` judges that.
 */
export function startScript({ name, directives, command }: Unit, machine: Machine): string {
  const { root } = machine
  const all = (key: string) => directives.get(key) ?? []
  const last = (key: string) => all(key).at(-1)
  const here = (text: string) => pathsOn(machine, text)
  const uid = uidOf(last('User'), machine)
  const owned = uid === undefined ? '' : `-o ${uid} -g ${uid} `
  const credentials = join(root, 'run/credentials', name)
  const expand = (text: string) => here(text.replaceAll('%d', credentials))
  const program = machine.programs
  const exec = (command ?? last('ExecStart') ?? '').replace(
    /^\S+/,
    (path) => program.get(path) ?? path,
  )
  const variables = all('Environment')
    .flatMap((line) => line.split(' '))
    .map(expand)
  const become = uid === undefined ? '' : `setpriv --reuid=${uid} --regid=${uid} --clear-groups `
  const folders = all('StateDirectory').flatMap((line) => line.split(' '))
  const mode = last('StateDirectoryMode') ?? '755'
  return [
    `install -d -m 711 '${join(root, 'run')}' '${join(root, 'run/credentials')}'`,
    `rm -rf '${credentials}'; install -d -m 500 ${owned}'${credentials}'`,
    ...all('LoadCredential').map((line) => {
      const [id = '', path = ''] = line.split(':')
      return `install -m 400 ${owned}'${here(path)}' '${credentials}/${id}'`
    }),
    ...folders.map((folder) => `install -d -m ${mode} ${owned}'${join(root, 'var/lib', folder)}'`),
    `cd '${here(last('WorkingDirectory') ?? root)}'`,
    `umask ${last('UMask') ?? '0022'}`,
    `exec ${become}env -i PATH="$PATH" ${variables.map((one) => `'${one}'`).join(' ')} ${expand(exec)}`,
  ].join('\n')
}

/** The number of a user that `systemd-sysusers --root` has made. */
function uidOf(user: string | undefined, { root }: Machine): string | undefined {
  if (!isRoot() || user === undefined) return undefined
  const [, uid] =
    new RegExp(`^${user}:[^:]*:(\\d+):`, 'm').exec(
      readFileSync(join(root, 'etc/passwd'), 'utf8'),
    ) ?? []
  if (uid === undefined) throw new Error(`there is no user ${user}: make it with systemd-sysusers`)
  return uid
}

const SYSTEMD_RUN = fileURLToPath(new URL('./systemd-run.ts', import.meta.url))

/** Puts the `systemd-run` of a machine into a folder of programs. */
export function writeSystemdRun({ root, programs }: Machine, folder: string): Promise<void> {
  const machine = JSON.stringify({ root, programs: [...programs] })
  const words = [process.execPath, ...runCompiled(SYSTEMD_RUN), machine]
  const script = `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`
  return writeFile(join(folder, 'systemd-run'), script, { mode: 0o755 })
}

/** The unit of a command line of systemd-run(1). @throws {Error} for an option that is not played here */
export function transientUnit(args: readonly string[]): Unit {
  const directives = new Map<string, string[]>()
  const add = (key: string, value: string) => {
    directives.set(key, [...(directives.get(key) ?? []), value])
  }
  let name = 'run.service'
  const end = args.findIndex((arg) => !arg.startsWith('--'))
  for (const option of args.slice(0, end)) {
    const [, key = '', value = ''] = /^--([\w-]+)=?(.*)$/.exec(option) ?? []
    const take = OPTIONS.get(key)
    if (take !== undefined) take(value, add)
    else if (key === 'unit') name = `${value}.service`
    else throw new Error(`systemd-run ${option} is not played here`)
  }
  const words = args.slice(end).map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`)
  const [program = ''] = args.slice(end)
  if (!isAbsolute(program)) throw new Error('systemd-run needs the path of a program')
  return { name, directives, command: [program, ...words.slice(1)].join(' ') }
}

type Take = (value: string, add: (key: string, value: string) => void) => void
const ignore: Take = () => undefined

const OPTIONS: ReadonlyMap<string, Take> = new Map<string, Take>([
  ...['quiet', 'pipe', 'wait', 'collect'].map((key) => [key, ignore] as const),
  [
    'uid',
    (value, add) => {
      add('User', value)
    },
  ],
  [
    'working-directory',
    (value, add) => {
      add('WorkingDirectory', value)
    },
  ],
  [
    'setenv',
    (value, add) => {
      add('Environment', value)
    },
  ],
  [
    'property',
    (value, add) => {
      const [, key = '', rest = ''] = /^(\w+)=(.*)$/.exec(value) ?? []
      add(key, rest)
    },
  ],
])
