import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type LocateOptions, openSource } from '../../../src/store/index.ts'
import type { OpenedSource } from '../../../src/store/locate/index.ts'

/** A value that nobody else has. */
export const random = (): string => randomBytes(24).toString('base64url')

/** A directory that is gone after the test. */
export async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-locate-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

/** Writes `content` as a sources file with these files beside it, and gives its path. */
export async function writeSources(
  content: unknown,
  beside: Readonly<Record<string, string>> = {},
): Promise<string> {
  const directory = await makeDirectory()
  for (const [name, text] of Object.entries(beside)) {
    await writeFile(join(directory, name), text, { mode: 0o600 })
  }
  const path = join(directory, 'sources.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** Opens a source that is disposed after the test. */
export async function open(
  locator: string,
  options: Partial<LocateOptions> = {},
): Promise<OpenedSource> {
  const source = await openSource(locator, { env: {}, startJitterMs: 0, ...options })
  onTestFinished(() => source[Symbol.asyncDispose]())
  return source
}
