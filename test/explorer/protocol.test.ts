// @lane servers
import { expect, it } from 'vitest'
import { protocolPage } from './protocol-page.ts'
import { useStandingTimers } from './standing-timers.support.ts'

useStandingTimers()

it('docs/reference/protocol.md is what the engine does and the explorer explores', async () => {
  const page = await protocolPage()
  await expect(page).toMatchFileSnapshot('../../docs/reference/protocol.md')
})
