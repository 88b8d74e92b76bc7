import process from 'node:process'
import { loadDeployment } from '@rekey/rekey'
import { openRotator } from '@rekey/rekey'
import { createAwsRotationHandler } from '@rekey/rekey/engine'

const { REKEY_FAMILY: path = '/var/task/deployment.json' } = process.env
const { store, journal, audit, kinds } = await openRotator({
  ...(await loadDeployment(path)),
  env: process.env,
})
const byName = new Map([...kinds.values()].map((kind) => [kind.name, kind]))

/** The rotation function of Secrets Manager for every secret that the family file declares, and of the schedule that finishes rotations. */
export const handler = createAwsRotationHandler({
  store,
  journal,
  audit,
  names: [...byName.keys()],
  kindFor(name) {
    const kind = byName.get(name)
    if (kind !== undefined) return kind
    throw new Error(`the family rotates no ${name}: add it to ${path}, or disable its rotation`)
  },
})
