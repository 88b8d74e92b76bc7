import { relative } from 'node:path'
import { type Family, FAMILY_FILES, FamilyError, findFamily } from '@rekey/family'
import type { Finding } from './finding.ts'

/** The family of a repository, or what is wrong with its declaration. */
export interface LoadedFamily {
  readonly family: Family | undefined
  /** Relative to the top of the work tree. */
  readonly file: string
  readonly findings: readonly Finding[]
}

/** Reads the family that the repository at `root` declares at its top. */
export async function readFamily(root: string): Promise<LoadedFamily> {
  try {
    const { family, path } = await findFamily(root)
    return { family, file: relative(root, path), findings: [] }
  } catch (error) {
    if (!(error instanceof FamilyError)) throw error
    const [usual] = FAMILY_FILES
    const file = relative(root, error.where) || usual
    const findings = error.problems.map(({ path, message }): Finding => {
      const where = path === '' ? { file } : { file, part: path }
      const fix = 'correct the declaration, see README.md of @rekey/family'
      return { check: 'access', rule: 'family', where, why: message, fix }
    })
    return { family: undefined, file, findings }
  }
}
