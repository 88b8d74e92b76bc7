import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** Also imports of types alone: what two files need of each other belongs in a third. */
const IMPORT = /^(?:import|export|\})[^'\n]*'(\.[^']+\.tsx?)'/gm

/** Each circle of files that import each other, in order, from its first file by name. */
export function importCircles(root: string, files: readonly string[]): string[][] {
  const imports = new Map(files.map((file) => [file, importsOf(root, file)]))
  const circles = new Map<string, string[]>()
  const settled = new Set<string>()
  const path: string[] = []
  const visit = (file: string) => {
    const at = path.indexOf(file)
    if (at >= 0) {
      const circle = fromFirst(path.slice(at))
      circles.set(circle.join(' '), circle)
    }
    if (at >= 0 || settled.has(file)) return
    path.push(file)
    for (const next of imports.get(file) ?? []) visit(next)
    path.pop()
    settled.add(file)
  }
  for (const file of files) visit(file)
  return [...circles.values()]
}

function importsOf(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return Array.from(text.matchAll(IMPORT), ([, path = '']) => normalize(join(dirname(file), path)))
}

function fromFirst(circle: readonly string[]): string[] {
  const first = circle.indexOf(circle.toSorted()[0] ?? '')
  return [...circle.slice(first), ...circle.slice(0, first)]
}
