import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A secret that a process has made, and has printed as text and in base64. */
interface Planted {
  readonly label: string
  readonly value: string
}

/** Has a process print each secret that it makes, as a forgotten debug line would. */
export interface Plant {
  /** Its environment. */
  readonly env: Readonly<Record<string, string>>
  /** What it printed. */
  readonly planted: () => Promise<readonly Planted[]>
}

/** Creates a plant in a directory. */
export async function createPlant(directory: string): Promise<Plant> {
  const [module, file] = [join(directory, 'plant.mjs'), join(directory, 'planted')]
  await writeFile(file, '')
  await writeFile(
    module,
    `import { appendFileSync } from 'node:fs'
    const listeners = (globalThis[Symbol.for('@rekey/secret/births')] ??= new Set())
    listeners.add((secret) => {
      const value = secret.expose()
      if (typeof value !== 'string' || value.length < 16) return
      appendFileSync(${JSON.stringify(file)}, JSON.stringify({ label: secret.label, value }) + '\\n')
      queueMicrotask(() => {
        console.error('planted', secret.label, value, Buffer.from(value).toString('base64'))
      })
    })`,
  )
  return {
    env: { NODE_OPTIONS: `--import=${module}` },
    async planted() {
      const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1)
      return lines.map((line) => JSON.parse(line) as Planted)
    },
  }
}
