import { readFile } from 'node:fs/promises'
import { ifMissing } from '@rekey/secret/files'

/** A line of `/proc/self/mountinfo`. */
export interface MountPoint {
  /** Where it is mounted. */
  readonly path: string
  /** The part of the file system that is mounted there: `/` for all of it, else a path inside it. */
  readonly source: string
}

/** The mount points that this process sees (proc_pid_mountinfo(5), fields 4 and 5); none where there is no `/proc`. */
export async function readMountPoints(): Promise<MountPoint[]> {
  const text = (await readFile('/proc/self/mountinfo', 'utf8').catch(ifMissing)) ?? ''
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([, , , source, path]) => {
      return source === undefined || path === undefined
        ? []
        : [{ path: unescapeOctal(path), source: unescapeOctal(source) }]
    })
}

/** The mount point that `path` lies in: the longest, and the last if one hides another. */
export function mountPointOf(path: string, points: readonly MountPoint[]): MountPoint | undefined {
  const around = points.filter((point) => `${path}/`.startsWith(point.path.replace(/\/?$/, '/')))
  const longest = Math.max(...around.map((point) => point.path.length))
  return around.findLast((point) => point.path.length === longest)
}

/** The kernel writes blanks and backslashes as `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}
