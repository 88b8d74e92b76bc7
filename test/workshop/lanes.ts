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

/** Projects that start families again and again or drive foreign clients for long, and files that repeat one thing for long. */
const LONG = new RegExp(
  [
    '^test/(?:bench|deploy|drop-in|e2e|explorer|faults|leak(?!/suite/ours)|outside)/',
    '^test/strangers/(?:names|tenants-of-postgresql)\\.test\\.ts$',
    '^test/guide/typed\\.test\\.ts$',
    '^packages/ca-keystore/src/(?:(?:backup|crl|drill|rotation)/|(?:biography|change-passphrase)\\.)',
    '^packages/(?:family/src/rotator/(?:audit-login|board-fleet)|rotation/src/(?:board/|own-tables))',
    '^tools/(?:site/src/(?:site|reference/reference)|testbed/src/postgres)\\.test\\.ts$',
    '^packages/cli/src/(?:ca-(?:backup|drill|identity)|engine|follow-authorities|preview-command|unaudited)\\.test\\.ts$',
    '^packages/console/src/(?:login/login(?:-faults)?|many-viewers|week-of-views)\\.test\\.ts$',
    '-(?:killed|runbook)\\.test\\.ts$',
    '^packages/audit-log/src/signed/signed-log\\.test\\.ts$',
    '^packages/cli/src/audit/(?:audit-anchor|(?:audit|service)-database)\\.test\\.ts$',
    '^packages/cli/src/command-line\\.test\\.ts$',
    '^packages/db-pool-rotator/src/(?:pg-pool-parity|rotating-pool-(?:outages|pace|store|stuck))\\.test\\.ts$',
    '^packages/db-pool-rotator/src/roles/(?:hostile-names|revoke-login)\\.test\\.ts$',
    '^packages/db-pool-rotator/src/rotation/(?:failover|rotator-login-kind|session-outages|standbys)\\.test\\.ts$',
    '^packages/eslint-plugin/src/(?:corpus|growth|hostile-names)\\.test\\.ts$',
    '^services/frontend/src/patient-pool\\.test\\.ts$',
    '^test/simulator/(?:all-kinds|autoscaling|keys|revoke-preview)\\.test\\.ts$',
    '/(?:hundred-rotations|import-list)\\.test\\.ts$',
  ].join('|'),
)
const MEASURED = /^test\/(?:bench\/fleet|growth\/|faults\/store-crowd)|\/init-growth\.test\.ts$/
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
  const unmeasured = files.filter((file) => !MEASURED.test(file))
  return {
    embedded: unmeasured.filter((file) => !needsServers(file)),
    servers: unmeasured.filter(needsServers),
    measured: files.filter((file) => MEASURED.test(file)),
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
