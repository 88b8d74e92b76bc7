import { chmod, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Machine,
  pathsOn,
  readUnit,
  requireRoot,
  runsUnits,
  startScript,
  writeSystemdRun,
} from '@rekey/test-support'
import { DisposalStack } from '@rekey/secret'
import { findForTest } from '@rekey/testbed'
import { type Desk, startService, typePage } from './type-page.ts'

const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url))
const analyze = await findForTest('systemd-analyze')

/** Whether the page is typed: with systemd's own tools, as root. */
export const hasSystemd = analyze.found && runsUnits('Page on systemd')

/** Types the page where no systemd is process 1: real units, which systemd checks, enables and makes users for, started as it does. */
export async function typeSystemdPage(desk: Desk): Promise<void> {
  requireRoot()
  await using running = new DisposalStack()
  const root = desk.folder.path
  // Other users go through it to what is theirs.
  await chmod(root, 0o711)
  const machine = {
    root,
    programs: new Map([
      ['/usr/bin/node', process.execPath],
      ['/usr/bin/rekey', join(root, 'node_modules/.bin/rekey')],
    ]),
  }
  for (const folder of ['bin', 'srv', 'etc/sysusers.d', 'etc/systemd/system']) {
    await mkdir(join(root, folder), { recursive: true })
  }
  await symlink(root, join(root, 'srv/shop'))
  await symlink(DEPLOY, join(root, 'deploy'))
  await writeSystemdRun(machine, join(root, 'bin'))
  const env = { ...desk.env, PATH: `${join(root, 'bin')}:${desk.env?.['PATH'] ?? ''}` }
  const here = {
    ...desk,
    env,
    here: (text: string) => pathsOn(machine, desk.here(text)),
  }
  const start = async (name: string) => {
    const unit = readUnit(name, machine)
    const [, port = ''] =
      /\bHEALTH_PORT=(\d+)/.exec(unit.directives.get('Environment')?.join(' ') ?? '') ?? []
    const url = `http://127.0.0.1:${port}/health/ready`
    running.use(await startService(startScript(unit, machine), url, here), name)
  }
  const others = new Map([['systemd', (command: string) => play(command, machine, start)]])
  await typePage('production-systemd.md', { ...here, others })
}

/** Does what process 1 does for the lines of a command, and gives what to run in their place. */
async function play(
  command: string,
  machine: Machine,
  start: (name: string) => Promise<void>,
): Promise<string> {
  const lines: string[] = []
  for (const line of command.trim().split('\n')) {
    const [program, verb, ...words] = line.split(' ')
    const names = words.filter((word) => !word.startsWith('--'))
    for (const name of verb === 'enable' && words.includes('--now') ? names : [])
      if (name.endsWith('.service')) await start(name)
    lines.push(ACTS.get([program, verb].join(' ').trim())?.(names, machine) ?? unplayed(line))
  }
  return lines.join('\n')
}

function unplayed(line: string): never {
  throw new Error(`${line}: nothing here does that`)
}

type Act = (names: readonly string[], machine: Machine) => string

const ACTS: ReadonlyMap<string, Act> = new Map<string, Act>([
  ['systemd-sysusers', (_names, { root }) => `systemd-sysusers --root='${root}'`],
  // A unit whose program is not installed is no sound one, so those of the rotator are checked in test/deploy.
  [
    'systemctl daemon-reload',
    (_names, { root }) =>
      `SYSTEMD_UNIT_PATH='${root}/etc/systemd/system:' ${analyze.path} verify --man=no stock.service shop.service`,
  ],
  ['systemctl enable', (names, { root }) => `systemctl --root='${root}' enable ${names.join(' ')}`],
  [
    'systemctl start',
    ([name = ''], machine) =>
      `( ${startScript(readUnit(name, machine), machine)} ) > '${machine.root}/journal'`,
  ],
  ['journalctl --unit', (_names, { root }) => `cat '${root}/journal'`],
])
