import { newCanary } from '../canary.ts'
import type { ErrorPath, ErrorPaths, Job } from '../error-path.ts'

const NAME = 'KEY'

/** A store in memory: what all text stores share. */
export const memoryPaths: ErrorPaths<unknown> = {
  'a value in the place of a name': memoryWith('malformed', (_, b) => ({
    act: 'create',
    name: `${b}.`,
    value: b,
  })),
  'an unknown name': memoryWith('missing', () => ({ act: 'read', name: 'UNKNOWN' })),
  'a secret that exists': memoryWith('conflict', (_, b) => ({ act: 'create', value: b })),
  'a secret that has changed since it was read': memoryWith('conflict', (_, b) => ({
    act: 'stage after another',
    value: b,
  })),
  'a value that is live already': memoryWith('refused', (a) => ({ act: 'stage', value: a })),
  'nothing to promote': memoryWith('missing', () => ({ act: 'promote' })),
}

function memoryWith(
  code: ErrorPath<unknown>['code'],
  job: (a: string, b: string) => Partial<Job> & Pick<Job, 'act'>,
): ErrorPath<unknown> {
  return {
    code,
    provoke() {
      const [a, b] = [newCanary('value'), newCanary('new value')]
      const held = { [NAME]: a.text }
      return {
        job: { locator: 'memory', held, name: NAME, ...job(a.text, b.text) },
        canaries: [a, b],
      }
    },
  }
}
