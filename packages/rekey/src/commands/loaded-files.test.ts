// @lane servers
import { expect, it } from 'vitest'
import { filesLoadedBy, LOADER } from '../../test/commands/loaded-files.support.ts'
import { openDeployment } from '../../test/commands/shop-and-mail.support.ts'

const packagesOf = (files: readonly string[]) => new Set(files.map((file) => file.split('/')[0]))

it.each([
  [['--version'], 4],
  [['--help'], 32],
  [['complete', '--', 'ro'], 6],
])('%j loads few files', async (args, most) => {
  expect((await filesLoadedBy(args)).length).toBeLessThanOrEqual(most)
})

it('a rotation loads its own kind, its own store and journal, and nothing of a CA or a database', async () => {
  const { file, gone } = await openDeployment()
  const args = ['rotate', 'api-key', 'shop:mail', '--family', file, '--without', gone]
  const files = await filesLoadedBy(args)
  expect(packagesOf(files)).toEqual(
    new Set([
      ...['rekey', 'secret', 'log-redactor', 'config-loader', 'audit-log', 'api-key-auth'],
      'oidc-client',
    ]),
  )
  expect(files.length).toBeLessThanOrEqual(110)
  expect((await filesLoadedBy(['status', '--family', file])).length).toBeLessThanOrEqual(110)
})

it('config-loader loads ten files, and no store or server before its use', async () => {
  expect((await filesLoadedBy([], LOADER)).length).toBeLessThanOrEqual(10)
})
