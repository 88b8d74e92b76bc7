import { expect, it } from 'vitest'
import { describeRotated } from './describe.ts'
import { describePlan } from './rotate-command.ts'
import { ROTATE_LINES, takenOver } from './rotation-lines.ts'

it('R33 prints logins that a rotation left open, and the flag that closes them', () => {
  const rotated = { secret: 'DATABASE_SHOP', version: 'v2', strangers: ['bi', 'shop_g7'] }
  expect(describeRotated(rotated)).toBe(
    'DATABASE_SHOP is at v2; found and left open: bi, shop_g7 (not in the store; to close them: --close-strangers)',
  )
})

it('R66 a plan and a take-over state what a late call of a displaced rotator may do, as text and as JSON', () => {
  const lateCall = 'The provider cannot refuse a late call.'
  const plan = { secret: 'A', mode: 'forward', isOpen: false, steps: [], lateCall } as const
  expect(describePlan(plan, { isTakenOver: false, closesAll: false })).toContain(lateCall)
  const [line, text] = takenOver(
    { holder: 'h', epoch: 1 },
    { name: 'A', lateCall },
    'oidc-client a',
  )
  expect(text).toContain(`rekey sweep oidc-client a. ${lateCall}`)
  for (const each of [line, { type: 'plan', ...plan }]) {
    expect(ROTATE_LINES.parse(each)).toMatchObject({ lateCall })
  }
})
