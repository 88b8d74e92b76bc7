// Lets node run the TypeScript of this workspace: node --import of this file, before any source.
import { accessSync, constants, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const own = { ...process.env }

// The compiler is a process of its own that inherits this environment and lives as long as this process: it gets no secret.
for (const name of Object.keys(own)) if (name !== 'PATH') delete process.env[name]

// tsx keeps what it has compiled in the directory for temporary files, in one with a name that another user can take first;
// here it is beside the packages, where no other user writes.
const cache = fileURLToPath(new URL('../../../node_modules/.cache/rekey-tsx', import.meta.url))
try {
  mkdirSync(cache, { recursive: true })
  accessSync(cache, constants.W_OK)
  process.env.TMPDIR = cache
} catch {
  process.env.TSX_DISABLE_CACHE = '1'
}
await import('tsx')
// The first file to compile starts the compiler.
await import('./run-source.ts')

delete process.env.TMPDIR
// A child that runs tsx by itself has no such directory.
Object.assign(process.env, own, { TSX_DISABLE_CACHE: '1' })
