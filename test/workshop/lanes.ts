import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** Which test files `npm test` runs, and which `npm run test:servers`, the other two; paths from the top of the repository. */
export interface Lanes {
  /** Needs npm and nothing else. */
  readonly embedded: readonly string[]
  /** On servers of the testbed, and whole families. */
  readonly servers: readonly string[]
  /** Compare times, so they need the machine for themselves. */
  readonly measured: readonly string[]
}

/** The first line of a file that is not in the first lane by itself: it starts families, or repeats one thing for long. */
const MARK = /^\/\/ @lane (servers|measured)\n/
/** Packages whose tests leave nothing behind in their process: they take turns in one, which loads each module once. */
const TOGETHER =
  /^(?:packages\/(?:audit-log|aws-iam|db-pool-rotator|eslint-plugin|integration-secret|kafka|mongodb|oidc-client|rabbitmq|rekey|secret|signing-keys|smtp|spiffe|tls-identity)|services\/signing)\//
const SUPPORT_FILE = /^(?:import|export|\}).* from '(\..*\.support\.ts)'$/gm
const OUTSIDE = /(?:^|\/)(?:node_modules|dist|out-tsc|corpus)(?:\/|$)/

/**
 * Sorts the test files of the repository at `root` into lanes: `// @lane servers` or `// @lane measured` in the first line of a file
 * names its lane. A file needs servers, too, if it, or a support file that it imports, calls `findForTest`.
 */
export function findLanes(root: string): Lanes {
  const files = ['packages', 'services', 'test', 'tools'].flatMap((top) => testsIn(root, top))
  const lanes = new Map(files.map((file) => [file, laneOf(join(root, file))]))
  const filesOf = (lane: keyof Lanes) => files.filter((file) => lanes.get(file) === lane)
  return {
    embedded: filesOf('embedded'),
    servers: filesOf('servers'),
    measured: filesOf('measured'),
  }
}

/** The files of the first lane, by whether each has a process for itself. */
export function splitEmbedded(root: string): Readonly<Record<'embedded' | 'together', string[]>> {
  const { embedded } = findLanes(root)
  return {
    embedded: embedded.filter((file) => !TOGETHER.test(file)),
    together: embedded.filter((file) => TOGETHER.test(file)),
  }
}

/** The files of the first lane whose suites run on two versions of PostgreSQL: there on the one from npm, and once more on the other one with the servers. */
export function findOlder(root: string): readonly string[] {
  return findLanes(root).embedded.filter((file) => calls(join(root, file), 'findPostgresServers('))
}

function laneOf(file: string): keyof Lanes {
  const [, marked] = MARK.exec(readFileSync(file, 'utf8')) ?? []
  return (
    (marked as keyof Lanes | undefined) ?? (calls(file, 'findForTest(') ? 'servers' : 'embedded')
  )
}

function testsIn(root: string, top: string): string[] {
  return readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !OUTSIDE.test(path))
    .map((path) => join(top, path))
    .toSorted()
}

/** Whether a file calls that, itself or in a support file. */
function calls(file: string, call: string): boolean {
  const text = readFileSync(file, 'utf8')
  if (text.includes(call)) return true
  return Array.from(text.matchAll(SUPPORT_FILE), ([, path = '']) => path)
    .map((path) => normalize(join(dirname(file), path)))
    .some((path) => calls(path, call))
}
