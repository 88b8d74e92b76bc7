// A global setup file of vitest: tests run `rekey` as it is published, so it is made from the sources of now.
import { join } from 'node:path'
import { bundlePackages, findPackages } from '@rekey/packaging'

export default async function buildRekey(): Promise<void> {
  await bundlePackages(findPackages(join(import.meta.dirname, '../..')))
}
