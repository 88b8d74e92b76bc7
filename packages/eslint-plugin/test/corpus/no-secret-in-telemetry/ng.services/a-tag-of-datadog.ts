import { secret } from '../../secret.ts'
import tracer from 'dd-trace'
export const run = (work: () => Promise<void>) =>
  tracer.trace('rotation', { tags: { key: secret.expose() } }, work)
