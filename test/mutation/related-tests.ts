import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { createVitest } from 'vitest/node'

const RELATIVE_IMPORT = /from '(\.[^']*\.ts)'/g

/** The test files that `npm test` runs, from the top of the repository. */
export async function embeddedTests(root: string): Promise<readonly string[]> {
  const vitest = await createVitest('test', { root, watch: false, project: ['embedded*'] })
  try {
    const specifications = await vitest.globTestSpecifications()
    return specifications.map(({ moduleId }) => relative(root, moduleId)).toSorted()
  } finally {
    await vitest.close()
  }
}

/** Of test files those that try a folder of sources: those in it, and those of its package that import one of its files, themselves or by a support file. */
export function relatedTests(
  root: string,
  folder: string,
  tests: readonly string[],
): readonly string[] {
  const [top = '', name = ''] = folder.split('/')
  return tests
    .filter((file) => file.startsWith(`${top}/${name}/`))
    .filter((file) => file.startsWith(`${folder}/`) || reaches(root, file, folder))
}

function reaches(root: string, file: string, folder: string): boolean {
  if (!existsSync(join(root, file))) return false
  const imported = Array.from(
    readFileSync(join(root, file), 'utf8').matchAll(RELATIVE_IMPORT),
    ([, path = '']) => normalize(join(dirname(file), path)),
  )
  return imported.some(
    (path) =>
      path.startsWith(`${folder}/`) ||
      (path.endsWith('.support.ts') && reaches(root, path, folder)),
  )
}
