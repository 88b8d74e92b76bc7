import { readFile } from 'node:fs/promises'
import type { ChildService } from './child-service.ts'

/** As pino numbers its levels. */
const ERROR_LEVEL = 50
const LINES_SHOWN = 20

/** The last errors that each service has logged, whose values the log has masked; empty if there are none. */
export async function describeErrors(
  services: readonly Pick<ChildService, 'name' | 'logPath'>[],
): Promise<string> {
  const sections = await Promise.all(
    services.map(async ({ name, logPath }) => {
      const errors = (await readFile(logPath, 'utf8')).split('\n').filter(isError)
      return errors.length === 0
        ? []
        : [`${name} logged ${errors.length} errors:`, ...errors.slice(-LINES_SHOWN)]
    }),
  )
  return sections.flat().join('\n')
}

/** Also what is no line of a log: a process that ends badly writes other words. */
function isError(line: string): boolean {
  if (line === '') return false
  try {
    const { level } = JSON.parse(line) as { readonly level?: unknown }
    return typeof level === 'number' && level >= ERROR_LEVEL
  } catch {
    return true
  }
}
