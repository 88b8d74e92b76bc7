import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { findLanes, findOlder, splitEmbedded } from './test/workshop/lanes.ts'

// Without 'module', which Node does not know either: the AWS SDK has code for bundlers under it.
const conditions = ['@rekey/source', 'node', 'default']

/** Files of the first two lanes wait for processes of their own much of the time; those of the third need a core beside their own. */
const cores = availableParallelism()
const WORKERS = new Map([
  ['embedded', cores + 1],
  ['embedded-together', cores + 1],
  ['servers', cores + 1],
  ['older', cores + 1],
  ['measured', Math.max(1, cores - 1)],
])
/** The version of PostgreSQL that a lane has its suites run on; others run them on both. */
const POSTGRES = new Map([
  ['embedded', '18'],
  ['embedded-together', '18'],
  ['older', '15'],
])
const { servers, measured } = findLanes(import.meta.dirname)
const { embedded, together } = splitEmbedded(import.meta.dirname)
const older = findOlder(import.meta.dirname)
const projects = { embedded, 'embedded-together': together, servers, older, measured }

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A condition that is waited for, without a time of its own.
    expect: { poll: { timeout: 30_000 } },
    setupFiles: join(import.meta.dirname, 'test/workshop/file-deadline.ts'),
    projects: Object.entries(projects).map(([name, include]) => ({
      extends: true as const,
      test: {
        ...{ name, include, maxWorkers: WORKERS.get(name) ?? 1 },
        isolate: name !== 'embedded-together',
        sequence: { groupOrder: name === 'measured' ? 1 : 0 },
        env: { REKEY_POSTGRES: POSTGRES.get(name) ?? '' },
        globalSetup:
          name === 'servers' ? [join(import.meta.dirname, 'test/workshop/build-rekey.ts')] : [],
      },
    })),
  },
})
