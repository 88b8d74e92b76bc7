import { fileURLToPath } from 'node:url'

/**
 * The arguments with which `node` runs a TypeScript file of this workspace as one module in one thread, as a built service runs.
 *
 * @example
 *   spawn(process.execPath, [...runCompiled(main), '--once'])
 */
export function runCompiled(file: string): string[] {
  // Relative to `src/` and to `dist/` alike.
  return [fileURLToPath(new URL('./run-compiled.mjs', import.meta.url)), file]
}

/** The URL of a TypeScript file of this workspace, compiled into a module that a process without a loader imports. */
export async function compileModule(file: string): Promise<string> {
  const compiler = new URL('./compiled-module.mjs', import.meta.url).href
  const { findCompiled } = (await import(compiler)) as {
    readonly findCompiled: (file: string) => Promise<string>
  }
  return findCompiled(file)
}
