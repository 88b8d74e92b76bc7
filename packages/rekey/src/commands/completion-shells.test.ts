import { execFile } from 'node:child_process'
import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findForTest } from '@rekey/testbed'
import { afterAll, expect, it } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

const run = promisify(execFile)
const TIMEOUT_MS = 120_000
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const [zsh, fish] = [await findForTest('zsh'), await findForTest('fish')]

/** A directory with `rekey`, and with the scripts where zsh looks for them. */
const bin = await realpath(await mkdtemp(join(tmpdir(), 'rekey-shells-')))
afterAll(() => rm(bin, { recursive: true }))
const command = [
  process.execPath,
  '--conditions=@rekey/source',
  `--import=${import.meta.resolve('tsx')}`,
  MAIN,
]
await writeFile(join(bin, 'rekey'), `#!/bin/sh\nexec ${command.join(' ')} "$@"\n`)
await chmod(join(bin, 'rekey'), 0o755)
await writeFile(join(bin, '_rekey'), (await runProgram(['completion', 'zsh'])).output)
const env = { ...process.env, HOME: bin, TERM: 'dumb', PATH: `${bin}:${process.env['PATH'] ?? ''}` }

// Its own kind is not run for a word.
const secrets = { 'api-key': ['web-shop:stock'], licence: ['stock'] }
const family = { services: ['web-shop', 'stock'], kinds: ['./licence.mjs'], secrets }
await writeFile(join(bin, 'family.json'), JSON.stringify(family))
const ZSH = `${zsh.found ? zsh.path : ''} -f -i`
const COMPINIT = 'autoload -Uz compinit; compinit -u'
const BASH = 'bash --norc --noprofile -i'

/** Types a line and the Tab key in an interactive shell, and waits until it has become another. */
async function typeIn(
  shell: string,
  setUp: string,
  line: string,
  becomes: string,
): Promise<string> {
  const script = [
    'zmodload zsh/zpty',
    `zpty -e z ${shell}`,
    `zpty -w z 'PS1=; ${setUp}; echo rea""dy'`,
    "zpty -r z out '*ready*'",
    `zpty -w -n z $'${line}\\t'`,
    `zpty -r z out '*${becomes}*' && print -r -- "$out"`,
  ]
  const options = { env, cwd: bin }
  const { stdout } = await run(zsh.found ? zsh.path : '', ['-fc', script.join('\n')], options)
  return stdout
}

it.runIf(zsh.found).each([
  ['bash', 'evaluates', BASH, 'eval "$(rekey completion bash)"', 'web-shop:s', 'web-shop:stock'],
  [
    ...['zsh', 'sources', ZSH, `${COMPINIT}; source <(rekey completion zsh)`],
    ...['web-shop:s', 'web-shop:stock'],
  ],
  ['zsh', 'has among its functions', ZSH, `fpath=(${bin} $fpath); ${COMPINIT}`, 'web', 'web-shop'],
])(
  '%s completes the name of a secret by the script that it %s',
  async (_, __, shell, setUp, typed, becomes) => {
    const line = 'rekey rotate api-key '
    expect(await typeIn(shell, setUp, line + typed, becomes)).toContain(line + becomes)
  },
  TIMEOUT_MS,
)

it.runIf(fish.found)(
  'fish completes commands, options and names by the script that it sources',
  async () => {
    const typed = ['rekey ca rotate pr', 'rekey ca show --j', 'rekey rotate api-key web-shop:s']
    const lines = typed.map((line) => `complete -C '${line}'`)
    const script = ['rekey completion fish | source', ...lines].join('; ')
    const { stdout } = await run(fish.found ? fish.path : '', ['-c', script], { env, cwd: bin })
    expect(stdout.trim().split('\n')).toEqual(['prepare', '--json', 'web-shop:stock'])
  },
  TIMEOUT_MS,
)
