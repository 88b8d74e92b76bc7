import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** Which test files `npm test` runs, and which `npm run test:servers`; paths from the top of the repository. */
export interface Lanes {
  /** Needs npm and nothing else. */
  readonly embedded: readonly string[]
  /** On servers of the testbed, whole families, and measurements, which need the machine for themselves. */
  readonly servers: readonly string[]
}

/** Rooms where families are started again and again, foreign clients are driven for long, or time is measured. */
const LONG = /^test\/(?:bench|drop-in|e2e|faults|growth|leak|outside)\//
/** The one whole `npm start` of the first lane. */
const ONE_START = 'test/e2e/start.test.ts'
const SUPPORT_FILE = /^(?:import|export|\}).* from '(\..*\.test\.support\.ts)'$/gm
const OUTSIDE = /(?:^|\/)(?:node_modules|dist|out-tsc|corpus)(?:\/|$)/

/**
 * Sorts the test files of the repository at `root` into lanes. A file needs servers if it, or a support file that it imports,
 * calls `findForTest`.
 */
export function findLanes(root: string): Lanes {
  const files = ['packages', 'services', 'test', 'tools'].flatMap((top) => testsIn(root, top))
  const needsServers = (file: string) =>
    (LONG.test(file) && file !== ONE_START) || asksForServer(join(root, file))
  return {
    embedded: files.filter((file) => !needsServers(file)),
    servers: files.filter(needsServers),
  }
}

function testsIn(root: string, top: string): string[] {
  return readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !OUTSIDE.test(path))
    .map((path) => join(top, path))
    .toSorted()
}

function asksForServer(file: string): boolean {
  const text = readFileSync(file, 'utf8')
  if (text.includes('findForTest(')) return true
  return Array.from(text.matchAll(SUPPORT_FILE), ([, path = '']) => path)
    .map((path) => normalize(join(dirname(file), path)))
    .some(asksForServer)
}
