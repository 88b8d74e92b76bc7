import { defineConfig } from 'vitest/config'

// Without 'module', which Node does not know either: the AWS SDK has code for bundlers under it.
const conditions = ['@rekey/source', 'node', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
