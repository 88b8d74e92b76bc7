import { isAbsolute, relative, sep } from 'node:path'
import { minimatch } from 'minimatch'

/**
 * Whether one of `globs` names the file `filename`. As in an ESLint config, a glob is relative to the folder `cwd`, has
 * forward slashes on every platform, and also names files whose names begin with a dot. What lies outside `cwd` can only
 * be named by a glob that begins with two stars or is absolute.
 *
 * Not `node:path`'s own `matchesGlob`: on Node 20 that is experimental, and prints a warning into every run.
 */
export function matchesAny(filename: string, cwd: string, globs: readonly string[]): boolean {
  const inside = relative(cwd, filename)
  const isOutside = isAbsolute(inside) || inside.split(sep)[0] === '..'
  const path = (isOutside ? filename : inside).replaceAll(sep, '/')
  return globs.some((glob) => minimatch(path, glob, { dot: true }))
}
