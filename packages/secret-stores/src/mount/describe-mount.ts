import { join } from 'node:path'
import { generationFolder, findLayout, readGeneration } from './mount-layout.ts'
import { type MountPoint, mountPointOf, readMountPoints } from './mount-points.ts'
import { stageFiles } from './mount-stages.ts'
import { listFiles } from './read-mounted-files.ts'

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
 * Says what is mounted at `directory`. Where it is asked for `names`, their files are looked at, else all. A Secret that is
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
