import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { expectOneVersion, setUp } from './far-side.test.support.ts'
import { rotate } from './index.ts'

it.each(['revoke', 'confirm-revoked'])(
  'does not bring a leaked value back when it is refused at %s, and goes on when run again',
  async (step) => {
    const { store, farSide, options, first } = await setUp()
    farSide.refuse.set(step, new SecretError('rejected', 'one replica does not know it yet'))
    const leaked = { ...options, compromised: true }
    const failure = { code: 'stopped', step, reason: 'rejected' }
    await expect(rotate(farSide.kind, leaked)).rejects.toMatchObject(failure)
    farSide.refuse.clear()
    await rotate(farSide.kind, options)
    expect(farSide.calls).not.toContain('confirm')
    expect(await expectOneVersion(store, farSide)).not.toBe(first)
  },
)
