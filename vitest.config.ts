import { defineConfig } from 'vitest/config'
import { findLanes } from './test/workshop/lanes.ts'

// Without 'module', which Node does not know either: the AWS SDK has code for bundlers under it.
const conditions = ['@rekey/source', 'node', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: Object.entries(findLanes(import.meta.dirname)).map(([name, include]) => ({
      extends: true as const,
      test: { name, include },
    })),
  },
})
