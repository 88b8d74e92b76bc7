/** Remedies for failures of the machine, by their system error code. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, or set TMPDIR to a place that has it',
  EACCES:
    'no permission to write there: set TMPDIR to a directory of yours that, if you are root, the user postgres can enter',
  EROFS: 'the file system is read-only: set TMPDIR to a directory that can be written',
  EADDRINUSE: 'a port was taken in the last moment: run it again',
  EMFILE: 'too many open files: raise the limit with ulimit -n',
}

/** One paragraph: what failed and what to do. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'failed for an unknown reason'
  const code = 'code' in error ? String(error.code) : ''
  const remedy = REMEDIES[code]
  return remedy === undefined ? `failed: ${error.message}` : `failed: ${remedy}`
}
