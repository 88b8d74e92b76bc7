import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueApiKey } from '@rekey/api-key-auth'
import { onTestFinished } from 'vitest'

/** The environment of a development machine. */
export const DEVELOPMENT = { REKEY_ENVIRONMENT: 'development' }

/** A value that nobody else has, marked as made for development. */
export const newText = (): string => `dev-${randomBytes(32).toString('base64url')}`

/** A new API key made for development. */
export const newKey = (): string => issueApiKey({ environment: 'dev' }).text.expose()

/** A sound value for each secret of signing. */
export function signingSecrets(): Record<string, string> {
  return {
    API_KEY_FRONTEND_SIGNING: newKey(),
    API_KEY_SIGNING_CERTTRANSPARENCY: newKey(),
    CA_PASSPHRASE_SIGNING: newText(),
  }
}

/** The lines of a .env file that holds these. */
export function envLines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** Writes a file of a directory that is gone after the test, and gives its path. */
export async function writeIn(
  directory: string,
  name: string,
  content: string | object,
): Promise<string> {
  const path = join(directory, name)
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  await writeFile(path, text, { mode: 0o600 })
  return path
}

/** A directory that is gone after the test. */
export async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-service-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}
