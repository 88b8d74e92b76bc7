import { createRequire } from 'node:module'

/** The manifest of this package. */
export const manifest = createRequire(import.meta.url)('@rekey/eslint-plugin/package.json') as {
  readonly name: string
  readonly version: string
  readonly homepage: string
}

/** The address of the page about a rule: a file of the repository that is the homepage of this package. */
export function pageOf(rule: string): string {
  return manifest.homepage.replace(/\/tree\/(.*)#readme$/, `/blob/$1/docs/rules/${rule}.md`)
}
