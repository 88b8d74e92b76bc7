import type { Inspectable, SourceWarning } from '../inspectable.ts'
import { describeMount } from './describe-mount.ts'
import { stageFiles } from './mount-stages.ts'
import type { MountedFiles } from './read-mount.ts'
import type { MountWatch } from './watch-mount.ts'

const SECRET_FILE = /^([A-Za-z][A-Za-z0-9_]*?)(?:__PENDING|__PREVIOUS)?$/

/** Inspects a mounted directory for `rekey doctor`. */
export function mountInspection(
  directory: string,
  pollMs: number,
  { watch, read }: { readonly watch: MountWatch; readonly read: () => Promise<MountedFiles> },
): Required<Inspectable> {
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
