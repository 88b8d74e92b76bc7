// A global setup file of vitest: tests run `rekey` as it is published, so it is made from the sources of now, and packed once for all of them.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundlePackages, findPackages } from '@rekey/packaging'

export default async function buildRekey(): Promise<() => Promise<void>> {
  await bundlePackages(findPackages(join(import.meta.dirname, '../..')))
  const folder = await mkdtemp(join(tmpdir(), 'rekey-packed-'))
  process.env['REKEY_PACKED'] = folder
  return () => rm(folder, { recursive: true, force: true })
}
