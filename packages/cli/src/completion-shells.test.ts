import { execFile } from 'node:child_process'
import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findForTest } from '@rekey/testbed'
import { afterAll, expect, it } from 'vitest'
import { runProgram } from './run-program.test.support.ts'

const run = promisify(execFile)
const TIMEOUT_MS = 120_000
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
const [zsh, fish] = [await findForTest('zsh'), await findForTest('fish')]

/** A directory with `rekey`, and with the scripts where zsh looks for them. */
const bin = await realpath(await mkdtemp(join(tmpdir(), 'rekey-shells-')))
afterAll(() => rm(bin, { recursive: true }))
const command = [process.execPath, '--conditions=@rekey/source', '--import=tsx', MAIN]
await writeFile(join(bin, 'rekey'), `#!/bin/sh\nexec ${command.join(' ')} "$@"\n`)
await chmod(join(bin, 'rekey'), 0o755)
await writeFile(join(bin, '_rekey'), (await runProgram(['completion', 'zsh'])).output)
const env = { ...process.env, HOME: bin, TERM: 'dumb', PATH: `${bin}:${process.env['PATH'] ?? ''}` }

/** Types a line and the Tab key in an interactive zsh, and waits until it has become another. */
async function typeInZsh(setUp: string, line: string, becomes: string): Promise<string> {
  const script = [
    'zmodload zsh/zpty',
    `zpty z ${zsh.found ? zsh.path : ''} -f -i`,
    `zpty -w z 'PS1=; autoload -Uz compinit; ${setUp}; print rea''dy'`,
    "zpty -r z out '*ready*'",
    `zpty -w -n z $'${line}\\t'`,
    `zpty -r z out '*${becomes}*' && print -r -- "$out"`,
  ]
  const { stdout } = await run(zsh.found ? zsh.path : '', ['-fc', script.join('\n')], { env })
  return stdout
}

it.runIf(zsh.found).each([
  ['sources', 'compinit -u; source <(rekey completion zsh)'],
  ['has among its functions', `fpath=(${bin} $fpath); compinit -u`],
])(
  'zsh completes a command by the script that it %s',
  async (_, setUp) => {
    expect(await typeInZsh(setUp, 'rekey ca rotate pr', 'prepare')).toContain('prepare')
  },
  TIMEOUT_MS,
)

it.runIf(fish.found)(
  'fish completes commands and options by the script that it sources',
  async () => {
    const lines = ['rekey ca rotate pr', 'rekey ca show --j'].map((line) => `complete -C '${line}'`)
    const script = ['rekey completion fish | source', ...lines].join('; ')
    const { stdout } = await run(fish.found ? fish.path : '', ['-c', script], { env })
    expect(stdout.trim().split('\n')).toEqual(['prepare', '--json'])
  },
  TIMEOUT_MS,
)
