import { expect, it } from 'vitest'
import { openMailShop, startMails } from '../../test/mail-shop.support.ts'

it.each([
  ['pooled', true],
  ['not pooled', false],
])(
  'is rotated five times while mails are sent, %s: none is lost or comes twice, and the gap is below the declared one',
  async (_, pool) => {
    const shop = await openMailShop()
    const { sent, failures, stop } = startMails(shop, pool)
    const gaps: number[] = []
    for (let nth = 0; nth < 5; nth += 1) {
      const { gapMs } = await shop.run()
      gaps.push(gapMs ?? NaN)
    }
    await stop()
    expect(failures).toEqual([])
    expect(sent.length).toBeGreaterThan(10)
    expect([...shop.mails].sort()).toEqual([...sent].sort())
    expect(shop.passwordOf(await shop.current())).toBe(await shop.held())
    expect(await shop.held()).not.toBe(shop.first)
    expect(Math.max(...gaps)).toBeLessThan(5_000)
  },
  60_000,
)
