import { SecretError } from '@rekey/secret'
import { parse } from 'dotenv'
import { parseDotenv } from './dotenv-text.ts'

const escapeEnds = (value: string) => value.replaceAll('\n', '\\n').replaceAll('\r', '\\r')

/** The ways to write a value, the safest for other readers first. */
const WRITINGS: readonly ((value: string) => string)[] = [
  (value) => `'${value}'`,
  (value) => `"${escapeEnds(value)}"`,
  (value) => `\`${value}\``,
  (value) => value,
]

/**
 * Writes a value so that both the strict dialect and `dotenv` read back exactly it.
 *
 * @throws {SecretError} `refused` for a value that cannot be written in a .env file
 */
export function encodeDotenvValue(name: string, value: string): string {
  const encoded = WRITINGS.map((write) => write(value)).find((text) => readsBack(name, text, value))
  if (encoded !== undefined) return encoded
  throw new SecretError(
    'refused',
    `the value of ${name} cannot be written in a .env file, since it mixes quotes, line ends or other control characters: encode it as base64url`,
  )
}

function readsBack(name: string, text: string, value: string): boolean {
  const bytes = Buffer.from(`NAME=${text}\n`, 'utf8')
  try {
    const [line, ...others] = parseDotenv(bytes.toString('utf8'), name)
    if (line?.value !== text || others.length > 0) return false
  } catch (error) {
    if (error instanceof SecretError && error.code === 'malformed') return false
    throw error
  }
  return !value.includes('\0') && parse(bytes)['NAME'] === value
}
