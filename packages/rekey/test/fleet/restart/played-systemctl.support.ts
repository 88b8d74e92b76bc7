import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { onTestFinished, vi } from 'vitest'

/** Answers as `show` does what a file holds, and ends a restart as another one commands. */
const SCRIPT = `#!/bin/sh
echo "$*" >> DIRECTORY/asked
case "$*" in *show*) . DIRECTORY/showing;; *) . DIRECTORY/restarting;; esac
`

/** How the unit stands; each property is shown as it is. */
type Shown = Readonly<Record<string, string>>

export const RUNNING: Shown = { LoadState: 'loaded', ActiveState: 'active', InvocationID: 'i1' }

/** Plays systemctl(1) in a directory that comes first in PATH, until the test is over. */
export async function openPlayedSystemctl() {
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'rekey-systemctl-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const marks = join(directory, 'marks')
  await mkdir(marks, { mode: 0o700 })
  const write = (name: string, text: string) => writeFile(join(directory, name), text)
  const lines = (shown: Shown) =>
    Object.entries(shown)
      .map(([key, value]) => `${key}=${value}`)
      .join('\n')
  await write('asked', '')
  await write('systemctl', SCRIPT.replaceAll('DIRECTORY', directory))
  await chmod(join(directory, 'systemctl'), 0o755)
  vi.stubEnv('PATH', `${directory}:${process.env['PATH']}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  const show = (shown: Shown) => write('showing', `cat <<'END'\n${lines(shown)}\nEND\n`)
  await show(RUNNING)
  return {
    marks,
    show,
    /** Has a call fail with that command of the shell. */
    fail: (call: 'showing' | 'restarting', command: string) => write(call, command),
    /** Has a restart leave the unit like this, and end with that status. */
    restartTo: (shown: Shown, status = 0) =>
      write(
        'restarting',
        `cat > ${directory}/showing <<'OUTER'\ncat <<'END'\n${lines(shown)}\nEND\nOUTER\nexit ${status}\n`,
      ),
    /** The arguments of each call. */
    asked: async () => (await readFile(join(directory, 'asked'), 'utf8')).trimEnd().split('\n'),
  }
}
