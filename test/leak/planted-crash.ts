import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** How a process ends: by an error with every secret that it has made in its message, stack and cause, or at once. */
export type Crash = 'uncaught exception' | 'SIGKILL'

/** Has processes print each secret that they make, as a forgotten debug line would, and crash where it is asked for. */
export interface CrashPlant {
  /** `NODE_OPTIONS` of a process. */
  readonly nodeOptions: string
  /** What was printed, by all processes. */
  planted(): Promise<readonly { readonly label: string; readonly value: string }[]>
  /** From now on each process that starts crashes with its third secret, or each that stops when it has begun to; without `crash` none does. */
  crashAt(moment: 'start' | 'stop', crash?: Crash): Promise<void>
}

/** Creates a plant in a directory. A process that it is loaded into crashes by an uncaught exception on SIGUSR2. */
export async function createCrashPlant(directory: string): Promise<CrashPlant> {
  const at = (name: string) => join(directory, name)
  const [module, births] = [at('plant.mjs'), at('births')]
  const [start, stop] = [at('crash-at-start'), at('crash-at-stop')]
  await writeFile(births, '', { mode: 0o600 })
  await writeFile(
    module,
    `import { appendFileSync, existsSync, readFileSync } from 'node:fs'
    const births = ${JSON.stringify(births)}
    const [start, stop] = ${JSON.stringify([start, stop])}
    const values = []
    const crash = () => {
      const text = values.join(' ')
      throw Object.assign(new Error('crashed with ' + text, { cause: new Error(text) }), { values })
    }
    const crashIfAsked = (moment) => {
      if (!existsSync(moment)) return
      if (readFileSync(moment, 'utf8') === 'SIGKILL') process.kill(process.pid, 'SIGKILL')
      else setImmediate(crash)
    }
    process.on('SIGUSR2', crash)
    process.on('SIGTERM', () => setImmediate(crashIfAsked, stop))
    const listeners = (globalThis[Symbol.for('@rekey/secret/births')] ??= new Set())
    listeners.add((secret) => {
      const value = secret.expose()
      if (typeof value !== 'string' || value.length < 16) return
      values.push(value)
      appendFileSync(births, JSON.stringify({ label: secret.label, value }) + '\\n')
      queueMicrotask(() => {
        console.error('planted', secret.label, value, Buffer.from(value).toString('base64'))
      })
      if (values.length === 3) crashIfAsked(start)
    })`,
  )
  return {
    nodeOptions: `--import=${module}`,
    async planted() {
      const lines = (await readFile(births, 'utf8')).split('\n').slice(0, -1)
      return lines.map((line) => JSON.parse(line) as { label: string; value: string })
    },
    async crashAt(moment, crash) {
      const file = moment === 'start' ? start : stop
      if (crash === undefined) await rm(file, { force: true })
      else await writeFile(file, crash)
    },
  }
}
