import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url))

/** The family of services that breaks no policy. */
export const CLEAN = join(CORPUS, 'clean')

/** What the gate must say. */
interface ExpectedFinding {
  readonly check: string
  readonly rule: string
  readonly file: string
  /** A part of the text that says how to mend it. */
  readonly fix: string
}

/** A way to break a policy: what is changed in the clean family, and what the gate must find. */
export interface Violation {
  /** `secret-logged` */
  readonly name: string
  /** The folder with the files that it adds or replaces. */
  readonly folder: string
  /** The policy that it breaks, in one sentence. */
  readonly policy: string
  /** Files that it takes away. */
  readonly removes: readonly string[]
  /** What it changes in files of the family. */
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[]
  readonly findings: readonly ExpectedFinding[]
}

/** What `violation.json` says. */
type Described = Pick<Violation, 'policy' | 'findings'> &
  Partial<Pick<Violation, 'removes' | 'edits'>>

/** Each folder of the corpus but the clean one: its `violation.json`, and beside it the files. */
export function readViolations(): Violation[] {
  return readdirSync(CORPUS)
    .filter((name) => name !== 'clean')
    .map((name) => {
      const folder = join(CORPUS, name)
      const text = readFileSync(join(folder, DESCRIPTION), 'utf8')
      return { name, folder, removes: [], edits: [], ...(JSON.parse(text) as Described) }
    })
}

/** What a folder of the corpus says of itself; no part of the family. */
export const DESCRIPTION = 'violation.json'
