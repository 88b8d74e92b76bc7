import { SecretError } from '@rekey/secret'
import { readDotenv } from './dotenv-file.ts'
import { findDotenvFaults, parseDotenv } from './dotenv-text.ts'
import type { Inspectable, SourceWarning } from './inspectable.ts'
import { secretOfKey } from './secret-name.ts'

const OTHERS_MAY_READ = 0o044

/** Inspects a .env file for `rekey doctor`. */
export function inspectDotenv(path: string): Required<Inspectable> {
  return {
    async list() {
      const { text } = await readDotenv(path)
      const keys = parseDotenv(text, path).flatMap(({ key }) => key ?? [])
      return [...new Set(keys.map(secretOfKey))]
    },
    rightsToRead: () => [`read ${path}: mode 0600, owned by the user of the service`],
    warnings: () => findWarnings(path),
  }
}

/** Every line that the strict dialect refuses, and who else may read the file. A file that cannot be read has none. */
async function findWarnings(path: string): Promise<SourceWarning[]> {
  try {
    const { text, stat } = await readDotenv(path)
    const dialect = findDotenvFaults(text, path).map(({ details, message }) => {
      return { rule: `dotenv-${String(details['fault'])}`, message }
    })
    if ((stat.mode & OTHERS_MAY_READ) === 0) return dialect
    const message = `${path} may be read by group or others: chmod 600 ${path}`
    return [...dialect, { rule: 'file-mode', message }]
  } catch (error) {
    if (error instanceof SecretError) return []
    throw error
  }
}
