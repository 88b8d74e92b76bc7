import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const NX = fileURLToPath(new URL('../../node_modules/nx/dist/bin/nx.js', import.meta.url))
const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))

/** Runs an nx command in this work tree, without its daemon. @returns what it prints */
export async function runNx(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [NX, ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
    maxBuffer: 2 ** 26,
  })
  return stdout
}
