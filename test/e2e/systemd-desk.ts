import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Deployment } from '@rekey/rekey/internal'
import { ENVIRONMENTS } from '@rekey/rekey/internal/runbook'
import { type DisposalStack, openTogether } from '@rekey/secret'
import { openStack, type Stack, type StackOptions } from '@rekey/stack'
import { type Machine, pathsOn, requireRoot, writeSystemdRun } from '@rekey/test-support'
import { openRunbookShell, type RunbookDesk } from './runbook-shell.ts'

const run = promisify(execFile)
const SYSUSERS = fileURLToPath(new URL('../../deploy/systemd/rekey.sysusers', import.meta.url))
const FAMILY = new URL('../../family.json', import.meta.url)
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))
const AUDIT = '/var/lib/rekey/audit'
const CLOSE_LIMIT_MS = 30_000

/** A stack, and the machine of its rotator, whose shell is that of root. */
export interface SystemdDesk extends RunbookDesk {
  /** Gives the path here of one on that machine. */
  readonly here: (path: string) => string
}

/** Opens a stack in Vault, and the machine of its rotator: `rekey` runs as its user, with copies of its credentials. */
export function openSystemdDesk(options: StackOptions): Promise<SystemdDesk> {
  return openTogether((own) => openDesk(options, own), { limitMs: CLOSE_LIMIT_MS })
}

async function openDesk(options: StackOptions, own: DisposalStack): Promise<SystemdDesk> {
  requireRoot()
  const machine = await openMachine(own)
  const here = (text: string) => pathsOn(machine, text)
  const healthKeyFile = here('/etc/rekey/credentials/health-key')
  await writeFile(healthKeyFile, randomBytes(32).toString('hex'), { mode: 0o600 })
  const stack = own.use(await openStack({ ...options, store: 'vault', healthKeyFile }), 'stack')
  const opening = here(withCredentials(openingOfPage(), await copyCredentials(stack, here)))
  const folder = here('/etc/rekey')
  const shell = await openRunbookShell(folder)
  await writeSystemdRun(machine, join(folder, 'bin'))
  return {
    stack,
    here,
    shell: { folder, type: (lines, before = '') => shell.type(lines, `${opening}\n${before}`) },
    writeFamily: (file, family) => writeFamily(stack, here(join('/etc/rekey', file)), family, here),
    [Symbol.asyncDispose]: () => own.dispose(),
  }
}

/** A folder that stands for `/`, with the user of the rotator. */
async function openMachine(own: DisposalStack): Promise<Machine> {
  const root = await mkdtemp(join(await realpath(tmpdir()), 'rekey-systemd-'))
  own.defer(() => rm(root, { recursive: true }), 'machine')
  // The user of the rotator goes through it.
  await chmod(root, 0o711)
  for (const folder of ['etc/sysusers.d', 'etc/rekey'])
    await mkdir(join(root, folder), { recursive: true })
  await mkdir(join(root, 'etc/rekey/credentials'), { mode: 0o700 })
  await copyFile(SYSUSERS, join(root, 'etc/sysusers.d/rekey.conf'))
  // The packages that bring the kinds of the family are installed beside it.
  await symlink(MODULES, join(root, 'etc/rekey/node_modules'))
  await run('systemd-sysusers', [`--root=${root}`])
  const programs = new Map([['/usr/bin/rekey', join(root, 'etc/rekey/bin/rekey')]])
  return { root, programs }
}

function openingOfPage(): string {
  const text = ENVIRONMENTS.get('systemd')?.opening ?? ''
  const [, block] = /```sh\n([^]*?)```/.exec(text) ?? []
  if (block === undefined) throw new Error('the page on systemd has no commands to begin with')
  return block
}

/** Makes the rotator's way into Vault files for root alone, and gives the options of systemd-run that it takes. */
async function copyCredentials(stack: Stack, here: (path: string) => string): Promise<string> {
  const { variables } = stack.storage.rotator
  const options = Object.entries(variables).map(async ([name, value]) => {
    if (typeof value !== 'string') throw new Error(`${name} is no variable of Vault`)
    if (!name.endsWith('_FILE')) return `--setenv=${name}=${value}`
    const file = `/etc/rekey/credentials/${name}`
    await copyFile(value, here(file))
    await chmod(here(file), 0o600)
    const copy = `/run/credentials/rekey-by-hand.service/${name}`
    return `--property='LoadCredential=${name}:${file}' --setenv=${name}=${copy}`
  })
  return (await Promise.all(options)).join(' ')
}

/** "With further credentials, give each in the same way." */
function withCredentials(opening: string, options: string): string {
  const program = '/usr/bin/rekey "$@"'
  if (!opening.includes(program)) throw new Error(`the page on systemd does not run ${program}`)
  return opening.replace(program, `${options} ${program}`)
}

/** Writes a family file as the rotator's user reads it: the way into the store is with the unit, and no file is of the stack. */
async function writeFamily(
  { directory, storage }: Stack,
  path: string,
  family: Deployment,
  here: (path: string) => string,
): Promise<void> {
  const root = here('/etc/rekey/public-root.crt')
  await copyFile(join(directory, 'public-root.crt'), root)
  const store = { locator: storage.rotator.locator }
  const { kinds } = JSON.parse(await readFile(FAMILY, 'utf8')) as { readonly kinds: unknown }
  const text = JSON.stringify({ ...family, kinds, store, auditDirectory: here(AUDIT) })
  await writeFile(path, text.replaceAll(join(directory, 'public-root.crt'), root), { mode: 0o644 })
}
