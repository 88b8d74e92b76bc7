import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** The flags with which `node` runs a TypeScript file of this workspace: tsx, and packages resolved to their sources. */
export function runSourceFlags(): string[] {
  const tsx = createRequire(import.meta.url).resolve('tsx')
  return ['--conditions=@rekey/source', `--import=${pathToFileURL(tsx).href}`]
}
