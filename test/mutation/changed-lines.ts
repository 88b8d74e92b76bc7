import { execFileSync } from 'node:child_process'

/** Lines of a file, from 1; both ends belong to it. */
export type Lines = readonly [first: number, last: number]

const FILE = /^\+\+\+ b\/(.*)$/
const HUNK = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/

/** The lines that differ from a commit, by file, from the top of the repository. Lines that are gone have none. */
export function changedLines(root: string, base: string): ReadonlyMap<string, readonly Lines[]> {
  const args = ['diff', '--unified=0', '--no-color', '--no-ext-diff', '--merge-base', base]
  const diff = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 })
  const changed = new Map<string, Lines[]>()
  let file = ''
  for (const line of diff.split('\n')) {
    file = FILE.exec(line)?.[1] ?? file
    const [, first, count = '1'] = HUNK.exec(line) ?? []
    if (first === undefined || count === '0') continue
    const end = Number(first) + Number(count) - 1
    changed.set(file, [...(changed.get(file) ?? []), [Number(first), end]])
  }
  return changed
}
