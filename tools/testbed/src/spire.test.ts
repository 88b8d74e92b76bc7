import { access } from 'node:fs/promises'
import { expect, it, onTestFinished } from 'vitest'
import { findForTest, openSpire } from './index.ts'

const { found, path } = await findForTest('spire-server')

it.runIf(found)('starts a SPIRE whose agent can be started again, and ends it', async () => {
  const spire = await openSpire(path)
  onTestFinished(() => spire.close())
  expect(await spire.register('shop', { dns: 'shop', ttlS: 60 })).not.toBe('')
  await spire.stopAgent()
  await spire.startAgent()
  await spire.close()
  await expect(access(spire.socket.replace('unix://', ''))).rejects.toThrow('ENOENT')
})
