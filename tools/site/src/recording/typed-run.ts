import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { runCompiled } from '@rekey/testbed'

/** A run of `npm start`, as a person who typed it sees it. */
export interface TypedRun extends AsyncDisposable {
  /** The typed line, and those that were printed until now. */
  readonly lines: readonly string[]
  readonly consoleUrl: Promise<string>
  /** Whether the report was printed. */
  readonly isOver: boolean
  /** @throws {Error} if the run failed */
  readonly ended: Promise<void>
}

const MAIN = fileURLToPath(new URL('../../../stack/src/main.ts', import.meta.url))

/** Starts the demo with these flags. */
export function startTyped(flags: readonly string[]): TypedRun {
  const child = spawn(process.execPath, [...runCompiled(MAIN), ...flags], {
    env: { PATH: process.env['PATH'], TMPDIR: tmpdir(), FORCE_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = [`$ npm start -- ${flags.join(' ')}`, '']
  let isOver = false
  const output = createInterface({ input: child.stdout })
  const consoleUrl = new Promise<string>((resolve) => {
    output.on('line', (line) => {
      lines.push(line)
      const [, url] = /^console: (\S+)/.exec(line) ?? []
      if (url !== undefined) resolve(url)
      isOver ||= line === 'Next:'
    })
  })
  const ended = once(child, 'close').then(([code]) => {
    isOver = true
    if (code !== 0) throw new Error(`the run failed: ${String(code)}`)
  })
  const found = Promise.race([consoleUrl, ended.then(() => consoleUrl)])
  // A failure is met where it is awaited.
  for (const promise of [ended, found]) promise.catch(() => undefined)
  return {
    lines,
    consoleUrl: found,
    get isOver() {
      return isOver
    },
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended.catch(() => undefined)
    },
  }
}
