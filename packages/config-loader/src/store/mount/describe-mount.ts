import { join } from 'node:path'
import {
  findLayout,
  generationFolder,
  listFiles,
  type MountedFiles,
  readGeneration,
} from './read-mount.ts'
import { stageFiles } from './mount-stages.ts'
import type { Inspectable, SourceWarning } from '../inspectable.ts'
import type { MountWatch } from './watch-mount.ts'
import { ifMissing, readRegularFile } from '@rekey/secret/internal/files'

/** The kind of mount at a directory, and whether a rotation arrives there. */
export interface MountDescription {
  /**
   * - `kubelet`: a volume whose `..data` is swapped as a whole (also the Secrets Store CSI driver's, where it writes so)
   * - `csi`: a volume of a CSI driver that writes its files one by one
   * - `plain`: any other directory, such as Docker's `/run/secrets`
   * - `subPath`: a file or folder of a volume mounted by itself
   */
  readonly kind: 'kubelet' | 'csi' | 'plain' | 'subPath'
  /** Whether a rotation can arrive without a restart. */
  readonly updates: boolean
  /** Why, and what to do if it does not update. */
  readonly why: string
  /** The files, of those asked for, that are mounted one by one and so never change. */
  readonly fixedFiles: readonly string[]
}

/** A folder of the kubelet's writer (`..2006_01_02_15_04_05.` and digits), or where the kubelet prepares its subPaths. */
const PART_OF_VOLUME = /\/\.\.\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d\.\d+(?:\/|$)|\/volume-subpaths\//
const CSI_VOLUME = '/kubernetes.io~csi/'

const WHY = {
  kubelet: '`..data` is swapped as a whole at each rotation',
  csi: 'its driver writes the files one by one: each is read until two readings agree',
  plain: 'files are written one by one: each is read until two readings agree',
  subPath:
    'a subPath keeps what was there when the container started: mount the whole volume as a directory instead',
} as const

/**
 * Reports what is mounted at `directory`. Where it is asked for `names`, their files are examined, else all. A Secret that is
 * marked immutable looks like any other from here: the Kubernetes store names it.
 *
 * @throws {SecretError} `missing`, `forbidden`, or `malformed` if it is no directory
 */
export async function describeMount(
  directory: string,
  names?: readonly string[],
): Promise<MountDescription> {
  const layout = await findLayout(directory)
  const generation = await readGeneration(layout.root)
  const folder = generation === undefined ? layout.root : generationFolder(layout, generation)
  const files = names?.flatMap(stageFiles) ?? (await listFiles({ ...layout, folder, maxBytes: 0 }))
  const points = await readMountPoints()
  const fixedFiles = files.filter((file) =>
    points.some(({ path }) => [join(directory, file), join(layout.root, file)].includes(path)),
  )
  const kind = kindOf(fixedFiles, generation, mountPointOf(layout.root, points))
  return { kind, updates: kind !== 'subPath', why: WHY[kind], fixedFiles }
}

function kindOf(
  fixedFiles: readonly string[],
  generation: string | undefined,
  point: MountPoint | undefined,
): MountDescription['kind'] {
  const source = point?.source ?? '/'
  if (fixedFiles.length > 0) return 'subPath'
  if (generation !== undefined) return 'kubelet'
  if (PART_OF_VOLUME.test(source)) return 'subPath'
  return source.includes(CSI_VOLUME) ? 'csi' : 'plain'
}

const SECRET_FILE = /^([A-Za-z][A-Za-z0-9_]*?)(?:__PENDING|__PREVIOUS)?$/

/** Inspects a mounted directory for `rekey doctor`. */
export function mountInspection(
  directory: string,
  pollMs: number,
  { watch, read }: { readonly watch: MountWatch; readonly read: () => Promise<MountedFiles> },
): Required<Omit<Inspectable, 'lacks'>> {
  return {
    async list() {
      const names = Array.from((await read()).keys(), (file) => SECRET_FILE.exec(file)?.[1])
      return Array.from(new Set(names.filter((name) => name !== undefined)))
    },
    rightsToRead: (names) =>
      names.map((name) => `read ${directory}/${name}: mode 0400 or fsGroup with mode 0440`),
    async warnings(names) {
      const warnings: SourceWarning[] = []
      const mount = await describeMount(directory, names)
      for (const name of names) {
        const isFixed = stageFiles(name).some((file) => mount.fixedFiles.includes(file))
        if (isFixed) warnings.push({ rule: 'sub-path', name, message: mount.why })
      }
      if (!mount.updates && warnings.length === 0) {
        warnings.push({ rule: 'sub-path', message: mount.why })
      }
      if (!watch.armed) warnings.push({ rule: 'not-watched', message: notWatched(pollMs) })
      return warnings
    },
  }
}

function notWatched(pollMs: number): string {
  return `no events can be had from the directory, so a rotation is noticed by looking every ${pollMs / 1000} s: raise fs.inotify.max_user_watches and max_user_instances`
}

/** A line of `/proc/self/mountinfo`. */
interface MountPoint {
  /** Where it is mounted. */
  readonly path: string
  /** The part of the file system that is mounted there: `/` for all of it, else a path inside it. */
  readonly source: string
}

/** The mount points that this process sees (proc_pid_mountinfo(5), fields 4 and 5); none where there is no `/proc`. */
async function readMountPoints(): Promise<MountPoint[]> {
  const text = (await readRegularFile('/proc/self/mountinfo').catch(ifMissing)) ?? ''
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
function mountPointOf(path: string, points: readonly MountPoint[]): MountPoint | undefined {
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
