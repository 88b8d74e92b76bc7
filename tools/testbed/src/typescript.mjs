// Lets node run the TypeScript of this workspace: node --import of this file, before any source.

const own = { ...process.env }

// The compiler is a process of its own that inherits this environment and lives as long as this process: it gets no secret.
for (const name of Object.keys(own)) if (name !== 'PATH') delete process.env[name]

// tsx keeps what it has compiled in the shared directory for temporary files, in one with a name that another user can take first.
process.env.TSX_DISABLE_CACHE = '1'
await import('tsx')
// The first file to compile starts the compiler.
await import('./run-source.ts')

Object.assign(process.env, own, { TSX_DISABLE_CACHE: '1' })
