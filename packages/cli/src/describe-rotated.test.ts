import { expect, it } from 'vitest'
import { describeRotated } from './describe.ts'

it('R33 prints logins that a rotation left open, and the flag that closes them', () => {
  const rotated = { secret: 'DATABASE_SHOP', version: 'v2', strangers: ['bi', 'shop_g7'] }
  expect(describeRotated(rotated)).toBe(
    'DATABASE_SHOP is at v2; found and left open: bi, shop_g7: the store does not name them: --close-strangers closes them',
  )
})
