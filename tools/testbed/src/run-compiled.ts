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
