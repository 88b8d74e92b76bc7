import { randomBytes } from 'node:crypto'
import { type SpawnOptions, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll } from 'vitest'

const REGISTER = fileURLToPath(new URL('../../src/guard/register.ts', import.meta.url))

// What guards a worker thread lies beside it, as in the package.
const WORKER = fileURLToPath(new URL('../../src/guard/worker-main.ts', import.meta.url))

/** A secret without a blank or a sign that an encoding would change. */
export const makeToken = () => randomBytes(24).toString('base64url').replace(/(..)./g, '$17')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs programs that know nothing of Rekey, as files of one directory, with `API_TOKEN` in their environment. */
export interface RegisteredPrograms {
  readonly token: string
  readonly directory: () => string
  /** The flags of Node.js with which a program is guarded. */
  readonly registered: (flags?: readonly string[]) => readonly string[]
  /** Writes a program, and returns its file. */
  readonly write: (program: string, name?: string) => Promise<string>
  readonly run: (
    program: string,
    flags?: readonly string[],
    env?: SpawnOptions['env'],
  ) => Promise<Ran>
}

/** Bundles `@rekey/log-redactor/register` before the tests of a file, so that a guarded program starts as fast as a bare one. */
export function describeRegisteredPrograms(): RegisteredPrograms {
  const token = makeToken()
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rekey-register-'))
    const conditions = ['@rekey/source', 'node', 'import', 'default']
    await build({
      ...{ configFile: false, logLevel: 'error', root: directory },
      ssr: { resolve: { conditions }, noExternal: true },
      build: {
        ...{ ssr: true, outDir: directory, emptyOutDir: false, target: 'node20' },
        rollupOptions: {
          input: [REGISTER, WORKER],
          output: { entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' },
        },
      },
    })
  })
  afterAll(() => rm(directory, { recursive: true }))
  const write: RegisteredPrograms['write'] = async (program, name = 'app.mjs') => {
    const file = join(directory, name)
    await writeFile(file, program)
    return file
  }
  return {
    ...{ token, write },
    directory: () => directory,
    registered: (flags = []) => [`--import=${join(directory, 'register.mjs')}`, ...flags],
    async run(program, flags = [], env = {}) {
      const child = spawn(process.execPath, [...flags, await write(program)], {
        cwd: directory,
        env: { API_TOKEN: token, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const code = new Promise<number | null>((resolve) => child.once('close', resolve))
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
      return { code: await code, stdout, stderr }
    },
  }
}
