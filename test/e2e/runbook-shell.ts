import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Deployment } from '@rekey/rekey/internal'
import { openStack, type Stack, type StackOptions } from '@rekey/stack'
import { REKEY } from '@rekey/test-support'

/** moto's SDK warns about the version of Node.js. */
const QUIET = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }

/** The end of a script, and everything that it printed. */
interface Typed {
  readonly code: number | null
  readonly output: string
}

/** A shell of an operator. */
export interface RunbookShell {
  readonly folder: string
  /** Types lines, after `before`. */
  type(lines: string, before?: string): Promise<Typed>
}

/** A stack, and the shell of its operator. */
export interface RunbookDesk extends AsyncDisposable {
  readonly stack: Stack
  readonly shell: RunbookShell
  /** Writes a family file, by its name in the folder of the shell. */
  writeFamily(file: string, family: Deployment): Promise<void>
}

/** Opens a stack, and a shell in its folder. */
export async function openRunbookDesk(options: StackOptions): Promise<RunbookDesk> {
  const stack = await openStack(options)
  const writeFamily = (file: string, family: Deployment) =>
    writeFile(join(stack.directory, file), JSON.stringify(family), { mode: 0o600 })
  const shell = await openRunbookShell(stack.directory)
  return { stack, shell, writeFamily, [Symbol.asyncDispose]: () => stack.close() }
}

/** Opens a shell in a folder, with the built `rekey` among its commands. */
export async function openRunbookShell(folder: string): Promise<RunbookShell> {
  await mkdir(join(folder, 'bin'))
  const script = `#!/bin/sh\nexec '${process.execPath}' '${REKEY}' "$@"\n`
  await writeFile(join(folder, 'bin/rekey'), script, { mode: 0o755 })
  return { folder, type: (lines, before = '') => run(folder, `${before}\n${lines}`) }
}

async function run(folder: string, script: string): Promise<Typed> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${script}`], {
    cwd: folder,
    env: { PATH: `${join(folder, 'bin')}:${PATH}`, HOME, ...QUIET },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { code, output }
}
