import { planRotation, rollBack, rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { newPassword } from '@rekey/rotated-service'
import { SecretError } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import { type MailShopOptions, openMailShop, startMails } from '../../test/mail-shop.support.ts'
import { smtpKind } from './index.ts'

type MailShop = Awaited<ReturnType<typeof openMailShop>>

const GAP_MS = 5_000

/** A rotation that is killed at one point: `admit end`. */
async function killAt(point: string, { kindOf, store, journal }: MailShop, compromised = false) {
  const onEvent = ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === point) throw new Error('killed')
  }
  const killed = rotate(await kindOf(), { store, journal, onEvent, compromised })
  await expect(killed).rejects.toThrow('killed')
}

/** The server has the password that the store has, which has one version. */
async function expectSettled(shop: MailShop) {
  const { pending, previous } = await shop.store.read('SMTP_SHOP')
  expect([pending, previous]).toEqual([undefined, undefined])
  expect(await shop.held()).toBe(shop.passwordOf(await shop.current()))
}

/** Mails are sent all the time, until what is returned is called: none failed, none is lost, none came twice. */
async function sending(shop: MailShop, pool: boolean) {
  const { sent, failures, stop } = startMails(shop, pool)
  await expect.poll(() => sent.length, { timeout: 10_000 }).toBeGreaterThan(1)
  return async () => {
    const before = sent.length
    await expect.poll(() => sent.length, { timeout: 10_000 }).toBeGreaterThan(before + 1)
    await stop()
    expect(failures).toEqual([])
    expect([...shop.mails].sort()).toEqual([...sent].sort())
  }
}

describe('a password of a mail server that holds one', { timeout: 60_000 }, () => {
  it.each([
    ['pooled', true],
    ['not pooled', false],
  ])(
    'is rotated five times while mails are sent, %s: none is lost, and each gap is below the declared one',
    async (_, pool) => {
      const shop = await openMailShop({ gapMs: GAP_MS })
      const end = await sending(shop, pool)
      for (let nth = 0; nth < 5; nth += 1) {
        const { gapMs = NaN } = await shop.run()
        expect(gapMs).toBeGreaterThan(0)
        expect(gapMs).toBeLessThan(GAP_MS)
      }
      await end()
      await expectSettled(shop)
      expect(await shop.held()).not.toBe(shop.first)
    },
  )

  it('is planned with the gap that its family declares', async () => {
    const { kindOf, store, journal, program } = await openMailShop({ gapMs: GAP_MS })
    const { steps } = await planRotation(await kindOf(), { store, journal })
    const { what } = steps.find(({ step }) => step === 'admit') ?? {}
    expect(what).toContain('the mail server holds one password: logins may fail for at most 5 s')
    expect(what).toContain(`${program} sets it for portal at localhost`)
  })

  it('has its gap in the audit log of the step in which it ends, and in the journal', async () => {
    const shop = await openMailShop({ gapMs: GAP_MS })
    shop.follow(true)
    const entries: { action: string; details: Readonly<Record<string, unknown>> }[] = []
    const record = (entry: never) => Promise.resolve(void entries.push(entry))
    const messages: string[] = []
    const onEvent = ({ message }: RotationEvent) => void messages.push(message ?? '')
    const { gapMs } = await shop.run({ audit: { record }, onEvent })
    const [confirm] = entries.filter(({ action }) => action === 'rotation.confirm')
    expect(confirm?.details).toMatchObject({ gapMs })
    expect(entries.find(({ action }) => action === 'rotation.prove')?.details).not.toHaveProperty(
      'gapMs',
    )
    expect(messages).toContainEqual(expect.stringMatching(/^gap \d+\.\d s at the mail server/))
    const [entry] = await shop.journal.entries(['SMTP_SHOP'])
    expect(entry?.intent?.gap).toMatchObject({ lastedMs: gapMs })
  })

  it('stays what it is where a replica has not loaded the next one', async () => {
    const shop = await openMailShop({ deadlineMs: 1_500 })
    await shop.service.close()
    await expect(shop.run()).rejects.toMatchObject({ code: 'stopped', step: 'admit' })
    expect(await shop.held()).toBe(shop.first)
    expect(shop.isChanged()).toBe(false)
  })

  it.each([
    ['ends with an error before the change', { before: 'process.exit(1)' }, '(1)'],
    ['ends with an error after the change', { after: 'process.exit(1)' }, '(1)'],
    ['never ends', { after: 'setInterval(() => {}, 1000)' }, 'timed out'],
  ] satisfies [string, MailShopOptions, string][])(
    'is the old one again, and no mail is lost, where the program %s',
    async (_, options, why) => {
      const shop = await openMailShop({ ...options, gapMs: 2_000, once: true })
      const end = await sending(shop, true)
      const failed = shop.run()
      await expect(failed).rejects.toMatchObject({
        ...{ code: 'rolled-back', reason: 'refused' },
        message: expect.stringContaining('within the gap of 2 s') as string,
      })
      await expect(failed).rejects.toThrow(why)
      await end()
      await expectSettled(shop)
      expect(await shop.held()).toBe(shop.first)
    },
  )

  it('is the old one again where the program sets a password that no replica has', async () => {
    const shop = await openMailShop({ before: "password += 'x'", gapMs: 1_000, once: true })
    const failed = shop.run()
    await expect(failed).rejects.toMatchObject({ code: 'rolled-back', reason: 'refused' })
    await expect(failed).rejects.toThrow('the mail server refuses it')
    await expectSettled(shop)
    expect(await shop.held()).toBe(shop.first)
  })

  it('is rolled back at once where the program is not there', async () => {
    const shop = await openMailShop()
    const command: [string] = ['/nowhere/change']
    const changer = { kind: 'command', command, gapMs: GAP_MS } as const
    const { store, journal } = shop
    const failed = rotate(await shop.kindOf({ changer }), { store, journal })
    await expect(failed).rejects.toMatchObject({ code: 'rolled-back' })
    await expect(failed).rejects.toThrow('admit: /nowhere/change cannot be started (ENOENT)')
    await expectSettled(shop)
  })

  it.each(['admit end', 'prove end', 'promote begin', 'promote end', 'revoke begin'])(
    'is the next one where a rotator is killed at %s and another goes on, and no mail is lost',
    async (point) => {
      const shop = await openMailShop()
      const end = await sending(shop, true)
      await killAt(point, shop)
      expect(await shop.held()).not.toBe(shop.first)
      const { gapMs } = await shop.run()
      expect(gapMs).toBeGreaterThan(0)
      await end()
      await expectSettled(shop)
      expect(await shop.held()).not.toBe(shop.first)
    },
  )

  it('is the old one again where a rotator is killed before the change, and the next one cannot make it', async () => {
    const shop = await openMailShop({ gapMs: 1_000 })
    await killAt('admit begin', shop)
    await shop.setProgram('process.exit(1)')
    await expect(shop.run()).rejects.toMatchObject({ code: 'rolled-back' })
    await expectSettled(shop)
    expect(await shop.held()).toBe(shop.first)
  })

  it.each([
    ['rolled back before it is promoted, by a person', {}],
    [
      'set again where the server accepts from a cache what was replaced',
      { cachedMs: 5_000, deadlineMs: 20_000 },
    ],
  ])('is %s, and no mail is lost', async (_, options) => {
    const shop = await openMailShop(options)
    const end = await sending(shop, false)
    await killAt('prove end', shop)
    const { store, journal } = shop
    await rollBack(await shop.kindOf(), { store, journal })
    await end()
    await expectSettled(shop)
    expect(await shop.held()).toBe(shop.first)
  })

  it('is not rolled back once it is promoted, since the server has ended the old one', async () => {
    const shop = await openMailShop({ deadlineMs: 1_000 })
    await killAt('promote end', shop)
    const { store, journal } = shop
    await expect(rollBack(await shop.kindOf(), { store, journal })).rejects.toMatchObject({
      ...{ code: 'stopped', reason: 'refused' },
    })
    expect(await shop.held()).not.toBe(shop.first)
  })

  it('is rotated by one of two rotators at a time', async () => {
    const shop = await openMailShop()
    shop.follow(true)
    const outcomes = await Promise.allSettled([shop.run(), shop.run()])
    const failed = outcomes.find(({ status }) => status === 'rejected')
    expect(failed).toMatchObject({ reason: { code: 'busy' } })
    await expectSettled(shop)
  })

  it('that leaked never comes back, also where the program fails', async () => {
    const shop = await openMailShop({ gapMs: 1_000, before: "password += 'x'", once: true })
    shop.follow(true)
    await expect(shop.run({ compromised: true })).rejects.toMatchObject({ reason: 'refused' })
    expect(await shop.held()).not.toBe(shop.first)
    await shop.setProgram()
    await shop.run({ compromised: true })
    await expectSettled(shop)
    expect(await shop.held()).not.toBe(shop.first)
  })

  it('that leaked is ended with the one that an open rotation has made', async () => {
    const shop = await openMailShop()
    const end = await sending(shop, true)
    await killAt('prove end', shop)
    const open = await shop.held()
    await killAt('abort end', shop, true)
    expect([shop.first, open]).not.toContain(await shop.held())
    await shop.run({ compromised: true })
    const held = await shop.held()
    expect([shop.first, open]).not.toContain(held)
    await expectSettled(shop)
    await end().catch(() => undefined)
  })

  it('goes to the program by its standard input alone', async () => {
    const shop = await openMailShop({
      before:
        "writeFileSync(__dirname + '/seen', JSON.stringify([process.argv, process.env, [user]]))",
    })
    shop.follow(true)
    await shop.run()
    const seen = await shop.seen()
    expect(seen).toContain('"portal"')
    expect(seen).not.toContain(await shop.held())
    expect(seen).not.toContain('HOME')
  })
})

describe('a server that is not as it should be', { timeout: 60_000 }, () => {
  it('that accepts every password gets no receipt for the old one', async () => {
    const shop = await openMailShop({
      deadlineMs: 1_500,
      server: {
        onAuth: (_auth, _session, answer) => {
          answer(null, { user: 'portal' })
        },
      },
    })
    shop.follow(true)
    await expect(shop.run()).rejects.toMatchObject({ code: 'stopped', step: 'revoke' })
    const { previous } = await shop.store.read('SMTP_SHOP')
    expect(previous?.value.expose()).toContain(shop.first)
  })

  it('that answers 454 has refused nothing: the mail is not sent with another login', async () => {
    const shop = await openMailShop({ gapMs: 1_000 })
    const mail = shop.follow(true)
    await shop.breakServer()
    const sent = mail.sendMail({ from: 'a@shop.test', to: 'b@shop.test', text: 'x' })
    await expect(sent).rejects.toBeInstanceOf(SecretError)
    await expect(sent).rejects.toMatchObject({ code: 'unreachable', details: { reason: 454 } })
    expect(shop.secret.usage.report().failures).toBe(0)
  })

  it('that gives no verdict in the gap is changed back once it does', async () => {
    const shop = await openMailShop({ gapMs: 1_000, deadlineMs: 1_000 })
    await shop.setProgram('', "require('node:fs').unlinkSync(__dirname + '/password')")
    await expect(shop.run()).rejects.toMatchObject({ code: 'stopped', step: 'abort' })
    await shop.set(newPassword())
    await shop.setProgram()
    await expect(shop.run()).rejects.toMatchObject({ code: 'rolled-back' })
    await expectSettled(shop)
    expect(await shop.held()).toBe(shop.first)
  })
})

describe('a password that a person changes', { timeout: 60_000 }, () => {
  it('at a server that holds one is set there once each replica has it', async () => {
    const next = newPassword()
    const shop = await openMailShop({ manual: { gapMs: GAP_MS, ask: () => next } })
    const end = await sending(shop, true)
    const onEvent = ({ message }: RotationEvent) => {
      if (message === 'set the new password of portal at localhost now') return shop.set(next)
    }
    await shop.run({ onEvent })
    await end()
    expect(shop.passwordOf(await shop.current())).toBe(next)
  })

  it('at a server that holds one is the old one where it is not set there within the gap', async () => {
    const shop = await openMailShop({ manual: { gapMs: 1_000, ask: newPassword } })
    await expect(shop.run()).rejects.toMatchObject({ code: 'rolled-back' })
    await expectSettled(shop)
  })

  it.each([
    ['a line break within', () => `${newPassword()}\n${newPassword()}`, 'malformed'],
    ['the mark of another environment', () => newPassword().replace('dev-', ''), 'refused'],
  ])('is not taken with %s', async (_, ask, reason) => {
    const shop = await openMailShop({ manual: { ask } })
    await expect(shop.run()).rejects.toMatchObject({ step: 'generate', reason })
  })
})

it.each([
  ['no path', ['change']],
  ['nothing', []],
])('a family that names %s as its program is refused', (_, command) => {
  const { success } = smtpKind.entry.safeParse({ changer: { kind: 'command', command } })
  expect(success).toBe(false)
})
