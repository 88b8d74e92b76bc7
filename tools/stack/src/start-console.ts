import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runCompiled } from '@rekey/testbed'
import type { Stack } from './open-stack.ts'

/** The running console of a stack. */
export interface ConsoleProcess {
  readonly url: string
  stop(): Promise<void>
}

const PAGE = fileURLToPath(new URL('../../../packages/rekey/build-page.mjs', import.meta.url))
/** The program of the command line. */
export const REKEY = fileURLToPath(new URL('../../../packages/rekey/src/main.ts', import.meta.url))
const END_WITH_PARENT = `--import=${new URL('./end-with-parent.mjs', import.meta.url).href}`

/**
 * Builds the page of the console from its sources, and starts `rekey console` on a running stack: at any free port for each browser on this
 * machine, or where its operators log in, who may rotate then.
 *
 * @param more further options of the command
 * @throws {Error} with its words if it ends before it listens
 */
export async function startConsole(
  stack: Pick<Stack, 'directory' | 'caDirectory' | 'operatorLogin'>,
  ...more: readonly string[]
): Promise<ConsoleProcess> {
  await promisify(execFile)(process.execPath, [PAGE])
  const { directory, caDirectory, operatorLogin } = stack
  const { port = 0, file, clientSecretFile } = operatorLogin ?? {}
  const door = file === undefined ? [] : ['--login', file, '--allow-rotate']
  const place = ['--stack', directory, '--ca', caDirectory, '--port', String(port)]
  const flags = ['console', ...place, ...door, ...more, '--json']
  const program = [END_WITH_PARENT, ...runCompiled(REKEY)]
  const child = spawn(process.execPath, [...program, ...flags], {
    env: {
      PATH: process.env['PATH'],
      TMPDIR: tmpdir(),
      ...(clientSecretFile && { REKEY_CONSOLE_CLIENT_SECRET_FILE: clientSecretFile }),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  return { url: await urlOf(child), stop: () => stop(child) }
}

async function urlOf({ stdout, stderr }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the console has no output')
  const lines = createInterface({ input: stdout })
  let words = ''
  stderr?.on('data', (chunk: Buffer) => (words += chunk.toString()))
  for await (const line of lines) {
    const { url } = JSON.parse(line) as { readonly url?: string }
    if (url !== undefined) return url
  }
  throw new Error(`the console did not start: ${words}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
