// node run-compiled.mjs FILE ARGUMENTS: runs a TypeScript file of this workspace.
//
// It is compiled into one module, with the files of the workspace that it imports; packages from the registry stay where they
// are. Then nothing but that module runs: a loader of TypeScript has a thread beside the process, and on Node.js 20 the
// process may wait for it for ever (decision 19).
import { realpath } from 'node:fs/promises'
import process from 'node:process'
import { findCompiled } from './compiled-module.mjs'

/** The compiler is a process of its own that inherits this environment: it gets no secret. */
async function withoutEnvironment(work) {
  const own = { ...process.env }
  for (const name of Object.keys(own)) if (name !== 'PATH') delete process.env[name]
  try {
    return await work()
  } finally {
    Object.assign(process.env, own)
  }
}

const file = await realpath(process.argv[2])
// A process that the program starts as it was started itself, with `process.execArgv`, is compiled too.
process.execArgv.push(process.argv[1])
process.argv.splice(1, 2, file)
const compiled = await withoutEnvironment(() => findCompiled(file))
process.setSourceMapsEnabled(true)
await import(compiled)
